export type RefusalReason =
  | "not-signed" // no signed message in it
  | "malformed" // not a signed message alone, or not what Helm signs
  | "unknown-key"
  | "bad-signature" // the text is another one, or the signature is too weak
  | "expired-signature"
  | "expired-key" // when it signed
  | "revoked-key"
  | "unfit-key" // it may not sign, or is too weak
  | "wrong-file"
  | "wrong-digest";

/** `fingerprint`: of the primary key, upper case hexadecimal, as Helm shows it. */
export type Verification = { kind: "verified"; fingerprint: string } | Refused;

export interface Refused {
  kind: "refused";
  reason: RefusalReason;
  /** For people; with text of upstreams. */
  message: string;
}

/** What upstreams make us say is bounded: a hundred of them stand in one status. */
const longestMessage = 500;

export const refused = (reason: RefusalReason, message: string): Refused => ({
  kind: "refused",
  reason,
  message: message.slice(0, longestMessage),
});
