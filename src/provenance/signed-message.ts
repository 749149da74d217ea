export type SignedMessage =
  | { kind: "message" }
  | { kind: "none" } // no signed message begins anywhere
  | { kind: "malformed"; why: string };

const begin = "-----BEGIN PGP SIGNED MESSAGE-----";
const signature = "-----BEGIN PGP SIGNATURE-----";
const end = "-----END PGP SIGNATURE-----";
/** Of these tabs and the ends of lines alone stand in what Helm signs; programs differ on which of the others end one. */
const control = /[^\P{Cc}\t\r\n]|[\p{Zl}\p{Zp}]|\r(?!\n)/u;

/**
 * Whether a text is one cleartext signed message (RFC 9580 section 7), and nothing besides. Stricter than the
 * standard and than Helm, which takes the first message of a text and ignores what stands around it: what nobody
 * has signed must not look as if somebody had, and no two programs may find different messages in one text.
 */
export function findSignedMessage(text: string): SignedMessage {
  if (!text.includes(begin)) return { kind: "none" };
  if (control.test(text)) return malformed("it has control characters");
  const lines = text.split("\n").map((line) => line.replace(/[ \t\r]+$/, ""));
  if (lines[0] !== begin) return malformed("something stands before the signed message");
  const separator = lines.indexOf("");
  if (lines.slice(1, separator).some((line) => !line.startsWith("Hash: "))) {
    return malformed("its headers are other ones than `Hash:`");
  }
  const [signatureAt, endAt] = [lines.indexOf(signature), lines.indexOf(end)];
  if (separator === -1 || signatureAt < separator || endAt < signatureAt) {
    return malformed("the message or its signature is cut off");
  }
  const isEscaped = (line: string): boolean => !line.startsWith("-") || line.startsWith("- ");
  if (!lines.slice(separator, signatureAt).every(isEscaped)) {
    return malformed("a signed line begins with a dash that is not escaped");
  }
  if (lines.slice(signatureAt + 1, endAt).some((line) => line.startsWith("-"))) {
    return malformed("something else stands in the signature");
  }
  if (lines.slice(endAt + 1).some((line) => line !== "")) {
    return malformed("something stands behind the signed message");
  }
  return { kind: "message" };
}

const malformed = (why: string): SignedMessage => ({ kind: "malformed", why });
