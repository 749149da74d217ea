import { env } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { revisionKey } from "../../src/storage/keys.ts";
import type { RegistryVersion } from "../../src/storage/registry-lines.ts";
import { repositoryConfig } from "../support/edge-under-test.ts";
import { errorCode, registryUnderTest } from "../support/registry-under-test.ts";
import { storeCharts } from "../support/stored-charts.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { storeWithdrawals, withdrawalOf } from "../support/withdrawing.ts";

const { stored, original, kept, newest, middle, signed } = await storeCharts();
const config = { root: "stable", repositories: { stable: repositoryConfig(), other: repositoryConfig() } };
await storeRepository(
  { kv: env.KV, bucket: env.BUCKET },
  "other",
  { alpha: { versions: ["1.10.0"], description: "which makes other documents of it" } },
  "0e".repeat(16),
);
const fresh = () => registryUnderTest({ config });

/** Of the document that is made for a version. */
async function synthetic(repository: string, revision: string, tag: string) {
  const object = await env.BUCKET.get(revisionKey(repository, revision, "registry.txt"));
  const lines = ((await object?.text()) ?? "").split("\n").filter((line) => line.includes(`"tag":"${tag}"`));
  const line: RegistryVersion = JSON.parse(lines[0] ?? "");
  return line.synthetic;
}
const made = await synthetic("stable", stored.head.revision, "1.10.0");
const elsewhere = await synthetic("other", "0e".repeat(16), "1.10.0");

beforeEach(() =>
  storeWithdrawals(
    withdrawalOf("stable", "alpha", "2.0.0", { digests: [newest.digest], manifests: [original.digest] }),
    withdrawalOf("stable", "alpha", "1.10.0", {
      digests: [middle.digest],
      manifests: [made.manifest, made.config],
    }),
  ),
);

describe("what is withdrawn is a 410 that says why", () => {
  test.for([
    "stable/alpha/manifests/2.0.0",
    "alpha/manifests/2.0.0",
    `stable/alpha/manifests/sha256:${original.digest}`,
    `other/alpha/manifests/sha256:${original.digest}`,
    `stable/alpha/blobs/sha256:${newest.digest}`,
    `other/alpha/blobs/sha256:${newest.digest}`,
    "stable/alpha/manifests/1.10.0",
    `stable/alpha/manifests/sha256:${made.manifest}`,
    `stable/alpha/blobs/sha256:${made.config}`,
    `stable/alpha/blobs/sha256:${middle.digest}`,
    "other/alpha/manifests/1.10.0",
    "other/alpha/manifests/2.0.0",
    `other/alpha/manifests/sha256:${elsewhere.manifest}`,
    `other/alpha/blobs/sha256:${elsewhere.config}`,
  ])("at /v2/%s, to GET and HEAD", async (path) => {
    const response = await fresh().request(path);
    expect({ path, status: response.status }).toEqual({ path, status: 410 });
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect(response.headers.get("cache-tag")).toMatch(/^repository-(stable|other)/);
    const text = await response.clone().text();
    expect(await errorCode(response)).toBe("DENIED");
    expect(text).toContain("its release was hijacked");
    expect(text).toContain("2026-11-21T08:00:00Z");
    const head = await fresh().request(path, { method: "HEAD" });
    expect([head.status, head.headers.get("cache-tag")]).toEqual([410, response.headers.get("cache-tag")]);
  });
});

test("the others are as they were", async () => {
  expect(elsewhere.manifest).not.toBe(made.manifest);
  for (const path of [
    "stable/alpha/manifests/1.2.0",
    `stable/alpha/blobs/sha256:${signed.digest}`,
    "stable/alpha/manifests/1.0.0_up1",
  ]) {
    const response = await fresh().request(path);
    expect({ path, status: response.status }).toEqual({ path, status: 200 });
    await response.bytes();
  }
});

test("another publisher's version stays whole, though the config is the same", async () => {
  const same = await synthetic("stable", stored.head.revision, "1.2.0");
  await storeWithdrawals(
    withdrawalOf("other", "alpha", "1.2.0", { digests: ["f0".repeat(32)], manifests: [same.config] }),
  );
  const blob = `blobs/sha256:${same.config}`;
  expect((await fresh().request(`stable/alpha/${blob}`)).status).toBe(200);
  for (const name of ["stable/beta", "stable/no-such", "other/alpha"])
    expect((await fresh().request(`${name}/${blob}`)).status).toBe(410);
});

test("a tag that is kept beside the versions leads to nothing withdrawn either", async () => {
  const { tag = "", descriptor } = kept.signature;
  await storeWithdrawals(withdrawalOf("stable", "alpha", "2.0.0", { manifests: [descriptor.digest] }));
  expect((await fresh().request(`stable/alpha/manifests/${tag}`)).status).toBe(410);
});

test("tags of what is withdrawn are not listed; those of signatures are", async () => {
  const listed: { tags: string[] } = await (await fresh().request("stable/alpha/tags/list")).json();
  expect(listed.tags).not.toContain("2.0.0");
  expect(listed.tags).not.toContain("1.10.0");
  expect(listed.tags).toContain("1.2.0");
  expect(listed.tags).toContain(kept.signature.tag);
});

test("reinstated it is there again", async () => {
  const before = await (await fresh().request("stable/alpha/tags/list")).json();
  await storeWithdrawals();
  const { tags }: { tags: string[] } = await (await fresh().request("stable/alpha/tags/list")).json();
  expect(tags).not.toEqual(before);
  expect(tags).toEqual(expect.arrayContaining(["2.0.0", "1.10.0"]));
  expect((await fresh().request("stable/alpha/manifests/2.0.0")).status).toBe(200);
});
