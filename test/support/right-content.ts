import { expect } from "vitest";
import { sha256 } from "../../src/storage/archive-store.ts";

/** Told of a request by whoever sends it, and of no business in any answer. */
export const elsewhere = "elsewhere.invalid";

/** What a proxy or an attacker may add, and what must change nothing. */
export const forwarding = {
  Host: elsewhere,
  Forwarded: `host=${elsewhere};proto=http`,
  "X-Forwarded-Host": elsewhere,
  "X-Forwarded-Proto": "http",
  "X-Forwarded-Prefix": `//${elsewhere}/`,
  "X-Original-URL": `http://${elsewhere}/`,
  Origin: `https://${elsewhere}`,
  Referer: `https://${elsewhere}/`,
};

/** No header field repeats what came with the request, and neither does a body that a browser runs. */
export function requireNothingReflected(response: Response, text: string, marker: string): void {
  for (const [name, value] of response.headers) {
    expect(value, name).not.toContain(marker);
    expect(value, name).not.toContain(elsewhere);
  }
  expect(text).not.toContain(elsewhere);
  if (response.headers.get("content-type")?.startsWith("text/html") === true) {
    expect(text).not.toContain(marker);
  }
}

/** As a client would have it. */
export async function decoded(response: Response, body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (response.headers.get("content-encoding") !== "gzip") return body;
  const plain = new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(plain).bytes();
}

/** A path that carries a digest leads to its bytes, if to anything; a JSON answer is JSON. */
export async function requireRightContent(url: string, response: Response, body: Uint8Array): Promise<void> {
  if (response.status !== 200) return;
  const type = response.headers.get("content-type") ?? "";
  if (type === "application/json") JSON.parse(new TextDecoder().decode(body));
  const digest = /\/charts\/([0-9a-f]{64})\/[^/]+$/.exec(new URL(url).pathname)?.[1];
  if (type === "application/gzip" && digest !== undefined) {
    expect(await sha256(new Uint8Array(body))).toBe(digest);
  }
}
