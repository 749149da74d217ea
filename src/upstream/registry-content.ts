import { isObject, parseJson } from "../oci/json.ts";
import { parseDigest } from "../oci/reference.ts";
import { type FinalAnswer, readBounded, shown } from "./bounded-fetch.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface OciDocument {
  /** Lowercase hex SHA-256 of the bytes. */
  digest: string;
  /** The answer's Content-Type, without parameters. */
  mediaType: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The distribution-spec asks registries to take manifests of 4 MiB; those of charts and signatures have a few
 * kilobytes, and what JSON makes of megabytes does not fit an isolate.
 */
const longestManifest = 512 * 1024;

/**
 * The manifest or index in an answer of status 200.
 * @param expected its digest in hex, where it was asked for by that
 * @throws {UpstreamError} digest-mismatch, also with what the registry itself says; malformed-answer, too-large
 */
export async function readDocument(
  { response, url }: FinalAnswer,
  expected: string | undefined,
): Promise<OciDocument> {
  const bytes = await readBounded(response, url.href, longestManifest);
  const digest = await sha256(bytes);
  for (const said of [expected, contentDigest(response)]) {
    if (said !== undefined && said !== digest) throw mismatch(url, said, digest);
  }
  if (isObject(parseJson(bytes))) return { digest, mediaType: mediaTypeOf(response), bytes };
  throw new UpstreamError("malformed-answer", `${shown(url)}: status 200, but no manifest`);
}

/**
 * The blob in an answer of status 200.
 * @param expected digest in hex, and bytes where they are known
 * @throws {UpstreamError} digest-mismatch, too-large
 */
export async function readBlob(
  { response, url }: FinalAnswer,
  expected: { digest: string; size?: number },
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readBounded(response, url.href, maxBytes);
  const { digest, size = bytes.byteLength } = expected;
  if (bytes.byteLength !== size) throw mismatch(url, `${size} bytes`, `${bytes.byteLength} bytes`);
  const actual = await sha256(bytes);
  if (actual !== digest) throw mismatch(url, digest, actual);
  return bytes;
}

/** What the registry says that the digest is; `undefined` where it says nothing, or nothing of SHA-256. */
export function contentDigest({ headers }: Response): string | undefined {
  return parseDigest(headers.get("docker-content-digest") ?? "");
}

/** The Content-Type without its parameters. */
export function mediaTypeOf({ headers }: Response): string {
  return (headers.get("content-type") ?? "").replace(/;.*$/s, "").trim().toLowerCase();
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function mismatch(url: URL, expected: string, actual: string): UpstreamError {
  return new UpstreamError("digest-mismatch", `${shown(url)}: ${expected} expected, ${actual} came`);
}
