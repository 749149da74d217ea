import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { type Answer, htmlAnswer } from "../upstream/answer.ts";
import { blobAnswer } from "./bytes-answer.ts";
import type { RegistryContent } from "./content.ts";
import type { RegistrySettings } from "./options.ts";
import type { Ask } from "./route.ts";

/**
 * The other origin that blobs are redirected to: an object store that takes a signed URL and nothing else
 * beside it, as S3 and Azure do.
 */
export class BlobStorage {
  readonly #settings: RegistrySettings;
  readonly #content: RegistryContent;
  readonly #key = randomUUID();

  constructor(settings: RegistrySettings, content: RegistryContent) {
    this.#settings = settings;
    this.#content = content;
  }

  /** A path with its query, good for GET and for a while. */
  link(digest: string): string {
    const expires = String(this.#settings.clock() + this.#settings.linkSeconds * 1000);
    return `/storage/${digest}?expires=${expires}&signature=${this.#sign(digest, expires)}`;
  }

  answer({ method, url, route, headers }: Ask): Answer {
    if (route.kind !== "storage") return htmlAnswer(429, "<h1>Whoa there!</h1>\n");
    if (headers.authorization !== undefined) {
      return xml(400, "InvalidArgument", "Only one auth mechanism allowed");
    }
    const expires = url.searchParams.get("expires") ?? "";
    const signed = this.#isSigned(route.reference, expires, url.searchParams.get("signature") ?? "");
    if (!signed) return xml(403, "SignatureDoesNotMatch", "The signature is another one");
    if (Number(expires) <= this.#settings.clock()) return xml(403, "AccessDenied", "Request has expired");
    if (method !== "GET") return xml(403, "SignatureDoesNotMatch", "Signed for GET");
    const bytes = this.#content.blob(route.reference);
    if (bytes === undefined) return xml(404, "NoSuchKey", "There is none");
    return blobAnswer(route.reference, bytes, headers.range);
  }

  #sign(digest: string, expires: string): string {
    return createHmac("sha256", this.#key).update(`GET ${digest} ${expires}`).digest("hex");
  }

  #isSigned(digest: string, expires: string, signature: string): boolean {
    const [right, given] = [Buffer.from(this.#sign(digest, expires)), Buffer.from(signature)];
    return right.byteLength === given.byteLength && timingSafeEqual(right, given);
  }
}

function xml(status: number, code: string, message: string): Answer {
  const text = `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>\n`;
  const body = new TextEncoder().encode(text);
  const headers = { "content-type": "application/xml", "content-length": String(body.byteLength) };
  return { status, headers, body };
}
