import { qualities } from "../http/quality.ts";

export interface IndexForm {
  coding: "identity" | "gzip";
  /** Whether a cache that obeys Vary may hand the answer to others. */
  shared: boolean;
}

/**
 * Which form of the index a client gets. Helm sends no Accept-Encoding and could not read a compressed
 * answer; `*` is not taken for a wish either.
 *
 * Cloudflare may replace Accept-Encoding on its way to the Worker and keeps the client's own in
 * `cf.clientAcceptEncoding`. Workers Cache tells variants apart by the replaced one, which Helm and a browser
 * then have in common: the gzip form must not be shared there, while the plain form suits everybody.
 *
 * @param original the client's own Accept-Encoding, where the platform says that it replaced the header
 */
export function chooseForm(accepted: string | null, original: string | undefined): IndexForm {
  const replaced = original !== undefined && original !== accepted;
  return asksForGzip(replaced ? original : accepted) ? { coding: "gzip", shared: !replaced } : plainForm;
}

/** The form for a request, with what the platform says of its headers. */
export function formFor(request: Request): IndexForm {
  const accepted = request.headers.get("accept-encoding");
  // What the platform puts in place of the header has gzip in it. Its own word is costly to ask for.
  if (accepted === null || !/gzip/i.test(accepted)) return plainForm;
  const original: unknown = request.cf?.["clientAcceptEncoding"];
  return chooseForm(accepted, typeof original === "string" ? original : undefined);
}

const plainForm: IndexForm = { coding: "identity", shared: true };

function asksForGzip(header: string | null): boolean {
  const weights = qualities(header);
  const gzip = weights.get("gzip") ?? weights.get("x-gzip") ?? 0;
  // Without a word about it, identity is acceptable but not preferred (RFC 9110, section 12.5.3).
  return gzip > 0 && gzip >= (weights.get("identity") ?? 0);
}
