import type { OperatorEvent } from "../observability/event.ts";

const encoder = new TextEncoder();

/** Shorter ones could be guessed, given years. 32 hexadecimal digits are 128 bits. */
export const shortestToken = 32;

/**
 * Without a token that is good enough, the operator's routes do not exist. White space around it is what a file or a
 * pipe ends with; within it, or with other letters than ASCII, no header could carry it.
 */
export function usableToken(text = "", log: (event: OperatorEvent) => void): string | undefined {
  const token = text.trim();
  const problem = /^[!-~]*$/.test(token)
    ? token.length >= shortestToken
      ? undefined
      : `it has ${token.length} characters and must have ${shortestToken}`
    : "it has characters that no token has";
  if (problem === undefined) return token;
  if (text !== "") log({ event: "operator-token-not-valid", message: `${problem}: /-/ is not served` });
  return undefined;
}

/**
 * Whether a request carries the token (RFC 6750 section 2.1). Digests are compared, of one length whatever was
 * sent, and in constant time: how long a refusal takes says nothing about the token.
 */
export async function carriesToken({ headers }: Request, token: string): Promise<boolean> {
  const sent = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
  const [expected, actual] = await Promise.all([digestOf(token), digestOf(sent)]);
  return crypto.subtle.timingSafeEqual(expected, actual);
}

const digestOf = async (text: string): Promise<ArrayBuffer> =>
  await crypto.subtle.digest("SHA-256", encoder.encode(text));
