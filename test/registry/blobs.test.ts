import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/storage/archive-store.ts";
import { archiveKey } from "../../src/storage/keys.ts";
import { errorCode, registryUnderTest } from "../support/registry-under-test.ts";
import { storeCharts } from "../support/stored-charts.ts";
import { provenanceOf } from "../support/stored-repository.ts";
import { without } from "../support/watched-stores.ts";

const { blob, newest, signed } = await storeCharts();
const registry = registryUnderTest();
const at = (digest: string): string => `stable/alpha/blobs/sha256:${digest}`;
const size = newest.archive.byteLength;

async function configOf(tag: string): Promise<string> {
  const manifest: { config: { digest: string } } = await (
    await registry.request(`stable/alpha/manifests/${tag}`)
  ).json();
  return manifest.config.digest.slice("sha256:".length);
}
const config = await configOf("1.2.0");

describe("a blob is", () => {
  test.for<[string, string, Uint8Array | string]>([
    ["an archive", newest.digest, newest.archive],
    ["what came from a registry", blob.digest, blob.text],
    ["a version's provenance", signed.provenance?.digest ?? "", provenanceOf("alpha", "1.2.0")],
  ])("%s, byte for byte and for ever", async ([, digest, expected]) => {
    const response = await registry.request(at(digest));
    const bytes = typeof expected === "string" ? new TextEncoder().encode(expected) : expected;
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable, no-transform",
      "content-length": String(bytes.byteLength),
      "content-type": "application/octet-stream",
      "docker-content-digest": `sha256:${digest}`,
      etag: `"${digest}"`,
    });
    expect(await response.bytes()).toEqual(bytes);
  });

  test("a version's config, made of its line in the index", async () => {
    const response = await registry.request(at(config));
    expect(response.status).toBe(200);
    const bytes = await response.bytes();
    expect(await sha256(new Uint8Array(bytes))).toBe(config);
    expect(response.headers.get("content-length")).toBe(String(bytes.byteLength));
    const text = new TextDecoder().decode(bytes);
    expect(text).toBe(
      '{"name":"alpha","version":"1.2.0","description":"Größe \\u0026 \\u003cmore\\u003e","apiVersion":"v2"}',
    );
  });
});

describe("ranges work", () => {
  test.for<[Record<string, string>, number, string | null, number]>([
    [{ Range: "bytes=0-9" }, 206, `bytes 0-9/${size}`, 10],
    [{ Range: "bytes=-4" }, 206, `bytes ${size - 4}-${size - 1}/${size}`, 4],
    [{ Range: `bytes=${size - 1}-` }, 206, `bytes ${size - 1}-${size - 1}/${size}`, 1],
    [{ Range: "bytes=1-2", "If-Range": '"other"' }, 200, null, size],
  ])("on archives, for %j", async ([headers, status, contentRange, length]) => {
    const response = await registry.request(at(newest.digest), { headers });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-range")).toBe(contentRange);
    expect(response.headers.get("accept-ranges")).toBe("bytes");
    expect(response.headers.get("docker-content-digest")).toBe(`sha256:${newest.digest}`);
    expect((await response.bytes()).byteLength).toBe(length);
  });

  test("on what came from a registry", async () => {
    const response = await registry.request(at(blob.digest), { headers: { Range: "bytes=2-5" } });
    expect(response.status).toBe(206);
    expect(new TextDecoder().decode(await response.bytes())).toBe(blob.text.slice(2, 6));
  });

  test("behind the end, they are refused in the registry's own words", async () => {
    const response = await registry.request(at(newest.digest), { headers: { Range: "bytes=100000-" } });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe(`bytes */${size}`);
    expect(await errorCode(response)).toBe("SIZE_INVALID");
  });

  test("nowhere else, and it is not said that they would", async () => {
    for (const digest of [config, signed.provenance?.digest ?? ""]) {
      const response = await registry.request(at(digest), { headers: { Range: "bytes=0-1" } });
      expect(response.status).toBe(200);
      expect(response.headers.get("accept-ranges")).toBeNull();
      await response.bytes();
    }
  });
});

test.for([newest.digest, blob.digest, config])("who has %s already is told so", async (digest) => {
  for (const method of ["GET", "HEAD"]) {
    const response = await registry.request(at(digest), {
      method,
      headers: { "If-None-Match": `"${digest}"` },
    });
    expect(response.status).toBe(304);
    expect(response.body).toBeNull();
  }
});

test("what nobody has is unknown, and so is a manifest", async () => {
  const manifest = await registry.request("stable/alpha/manifests/1.2.0", { method: "HEAD" });
  const digests = ["0".repeat(64), (manifest.headers.get("docker-content-digest") ?? "").slice(7)];
  for (const digest of digests) {
    const response = await registry.request(at(digest));
    expect(response.status).toBe(404);
    expect(await errorCode(response)).toBe("BLOB_UNKNOWN");
  }
});

test("an archive needs no more than its bytes in R2", async () => {
  const alone = registryUnderTest({
    kv: without(env.KV, /./),
    bucket: without(env.BUCKET, /^repositories\//),
  });
  const response = await alone.request(at(newest.digest));
  expect(response.status).toBe(200);
  await response.bytes();
  expect(await env.BUCKET.head(archiveKey(newest.digest))).not.toBeNull();
});
