import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { revisionKey } from "../../src/storage/keys.ts";
import { repositoryConfig } from "../support/edge-under-test.ts";
import { errorCode, registryUnderTest } from "../support/registry-under-test.ts";
import { storeCharts } from "../support/stored-charts.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { counting, failing, hanging, without } from "../support/watched-stores.ts";

const { original, blob, newest, signed, stored } = await storeCharts();
const registry = registryUnderTest({
  config: { repositories: { stable: repositoryConfig(), empty: repositoryConfig() } },
});
const alpha = "stable/alpha";

const paths = [
  "",
  "_catalog",
  `${alpha}/tags/list`,
  `${alpha}/tags/list?n=1`,
  `${alpha}/manifests/2.0.0`,
  `${alpha}/manifests/1.10.0`,
  `${alpha}/manifests/sha256:${original.digest}`,
  `${alpha}/blobs/sha256:${newest.digest}`,
  `${alpha}/blobs/sha256:${blob.digest}`,
  `${alpha}/blobs/sha256:${signed.provenance?.digest}`,
  `${alpha}/referrers/sha256:${original.digest}`,
  `${alpha}/manifests/9.9.9`,
  `${alpha}/blobs/sha256:${"0".repeat(64)}`,
  "stable/nothing/tags/list",
  "Stable/alpha/tags/list",
  "nowhere",
];

test.for(paths)("/v2/%s says the same to HEAD as to GET, and its length", async (path) => {
  const get = await registry.request(path);
  const head = await registry.request(path, { method: "HEAD" });
  expect(head.status).toBe(get.status);
  expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  expect(head.body).toBeNull();
  expect(get.headers.get("content-length")).toBe(String((await get.bytes()).byteLength));
});

test.for(paths)(
  "/v2/%s tells that this is a registry, how long it may be kept, and who may read it",
  async (path) => {
    const { headers, status } = await registry.request(path, { method: "HEAD" });
    expect(Object.fromEntries(headers)).toMatchObject({
      "docker-distribution-api-version": "registry/2.0",
      "access-control-allow-origin": "*",
      "access-control-expose-headers": expect.stringContaining("Docker-Content-Digest"),
      "cache-control": status === 200 && path !== "" ? expect.stringContaining("public") : "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(headers.get("www-authenticate")).toBeNull();
    expect(headers.get("location")).toBeNull();
  },
);

test("/v2/ and /v2 are there for who looks whether this is a registry", async () => {
  for (const path of ["", "../v2"]) {
    const response = await registry.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe("{}");
  }
});

describe("whoever wants to write", () => {
  test.for(["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])("is refused %s, wherever", async (method) => {
    for (const path of [...paths, `${alpha}/blobs/uploads/`, `${alpha}/blobs/uploads/1?digest=x`]) {
      const response = await registry.request(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
      expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
      expect(await errorCode(response)).toBe("UNSUPPORTED");
    }
  });

  test("may ask before, as browsers do", async () => {
    const response = await registry.request(`${alpha}/tags/list`, { method: "OPTIONS" });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-methods")).toBe("GET, HEAD, OPTIONS");
  });
});

describe("a request reads storage so often:", () => {
  const [head, contents, lines, index] = ["head", "contents.json", "registry.txt", "index.json"];
  test.for<[string, RequestInit, (string | undefined)[]]>([
    [`${alpha}/blobs/sha256:${newest.digest}`, {}, ["archives"]],
    [`${alpha}/blobs/sha256:${newest.digest}`, { method: "HEAD" }, ["archives"]],
    [`${alpha}/blobs/sha256:${newest.digest}`, { headers: { Range: "bytes=0-1" } }, ["archives"]],
    [
      `${alpha}/blobs/sha256:${newest.digest}`,
      { headers: { "If-None-Match": `"${newest.digest}"` } },
      ["archives"],
    ],
    [`${alpha}/blobs/sha256:${blob.digest}`, {}, ["archives", "blobs"]],
    [`${alpha}/manifests/sha256:${original.digest}`, {}, ["manifests"]],
    [`${alpha}/manifests/2.0.0`, {}, [head, contents, lines, "manifests"]],
    [`${alpha}/manifests/1.10.0`, {}, [head, contents, lines, index]],
    [`${alpha}/manifests/9.9.9`, {}, [head, contents, lines]],
    [`${alpha}/tags/list`, {}, [head, contents, lines]],
    [`${alpha}/referrers/sha256:${original.digest}`, {}, [head, contents, lines]],
    ["_catalog", {}, [head, contents]],
    ["stable/nothing/tags/list", {}, [head, contents]],
    ["nobody/alpha/tags/list", {}, []],
    ["", {}, []],
  ])("%s %j %j", async ([path, init, expected]) => {
    const log: string[] = [];
    const counted = registryUnderTest({ kv: counting(env.KV, log), bucket: counting(env.BUCKET, log) });
    await (await counted.request(path, init)).bytes();
    const withdrawals = log.filter((read) => read === "get withdrawals"); // once in ten seconds
    expect(withdrawals.length).toBeLessThanOrEqual(2);
    const reads = log.filter((read) => read !== "get withdrawals");
    expect(
      reads.map((read) => expected.find((part) => part !== undefined && read.includes(part)) ?? read),
    ).toEqual(expected);
    expect(reads).toHaveLength(expected.length);
  });
});

describe("while storage fails", () => {
  const isUnavailable = async (response: Response): Promise<void> => {
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await errorCode(response)).toBe("UNAVAILABLE");
  };

  test.for(paths.slice(1, 11))("/v2/%s is a 503 that says when to come back", async (path) => {
    const broken = registryUnderTest({ kv: failing(env.KV), bucket: failing(env.BUCKET) });
    await isUnavailable(await broken.request(path));
    expect(broken.failures).toEqual([
      expect.objectContaining({
        event: "request-failed",
        path: `/v2/${path.split("?")[0]}`,
        code: "UNAVAILABLE",
      }),
    ]);
  });

  test("a store that hangs is a 503 too", async () => {
    await isUnavailable(
      await registryUnderTest({ bucket: hanging(env.BUCKET), patience: 50 }).request(`${alpha}/tags/list`),
    );
  });

  test.for(paths.slice(1, 11))("/v2/%s does without KV", async (path) => {
    const response = await registryUnderTest({ kv: failing(env.KV) }).request(path);
    expect(response.status).toBe(200);
    await response.bytes();
  });

  test("a revision that lost its lines is a failure, and no registry without tags", async () => {
    const bucket = without(env.BUCKET, /registry\.txt$/);
    await isUnavailable(await registryUnderTest({ bucket }).request(`${alpha}/tags/list`));
    expect(stored.head.versions).toBe(6);
  });
});

test("a head in KV whose revision is collected in R2 costs nobody the current one", async () => {
  const stores = { kv: env.KV, bucket: env.BUCKET };
  const [old, current] = ["a".repeat(32), "b".repeat(32)];
  await storeRepository(stores, "behind", { alpha: { versions: ["1.0.0"] } }, old);
  await storeRepository(
    { kv: { put: async () => undefined }, bucket: env.BUCKET },
    "behind",
    { alpha: { versions: ["2.0.0"] } },
    current,
  );
  await env.BUCKET.delete(revisionKey("behind", old, "registry.txt"));
  const behind = registryUnderTest({ config: { repositories: { behind: repositoryConfig() } } });
  expect(await (await behind.request("behind/alpha/tags/list")).json()).toMatchObject({ tags: ["2.0.0"] });
});

test("a repository that has not published yet is a 503, so that whoever asks comes back", async () => {
  for (const path of ["tags/list", "manifests/1.0.0", `blobs/sha256:${"0".repeat(64)}`]) {
    const response = await registry.request(`empty/alpha/${path}`);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("30");
    expect(await errorCode(response)).toBe("UNAVAILABLE");
  }
});
