import { expect, test } from "vitest";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { registryUnderTest } from "../support/registry-under-test.ts";
import { oldRevision, storeTwoRevisions } from "../support/two-revisions.ts";

// Cache poisoning: the platform's cache goes by the URL, the method's safety, and Vary. So nothing else of a request
// may have any influence on an answer that a shared cache keeps.

const { current } = await storeTwoRevisions("stable");
const digest = current.charts["alpha"]?.find(({ version }) => version === "1.1.0")?.digest ?? "";
const config = { root: "stable", repositories: { stable: repositoryConfig(["artifacthub-repo.yml"]) } };
const edge = edgeUnderTest({ config });
const registry = registryUnderTest({ config });

const paths = [
  "/",
  "/stable/",
  "/stable/alpha/",
  "/stable",
  "/stable/index.yaml",
  "/index.yaml",
  "/stable@latest/index.yaml",
  "/stable@latest-2/index.yaml",
  "/stable@2026-11-02/index.yaml",
  `/stable@${oldRevision}/index.yaml`,
  "/stable@upstream/index.yaml",
  "/stable/alpha/index.yaml",
  "/stable@latest-2/alpha/index.yaml",
  "/stable/history.json",
  "/stable/alpha-1.1.0.tgz",
  "/stable/alpha-1.1.0.tgz.prov",
  `/stable/charts/${digest}/alpha-1.1.0.tgz`,
  `/stable/charts/${digest}/alpha-1.1.0.tgz.prov`,
  "/stable/artifacthub-repo.yml",
  "/api/stable/charts",
  "/api/stable/charts?limit=1",
  "/api/stable/charts/alpha",
  "/api/stable/charts/alpha/1.1.0",
  "/status.json",
  "/healthz",
  "/health",
  "/nowhere/index.yaml",
  "/stable/nothing/index.yaml",
  "/v2/",
  "/v2/_catalog",
  "/v2/stable/alpha/tags/list",
  "/v2/stable/alpha/manifests/1.1.0",
  `/v2/stable/alpha/blobs/sha256:${digest}`,
  `/v2/stable/alpha/referrers/sha256:${digest}`,
  "/v2/stable/nothing/tags/list",
];

/** What has made caches of others hand one client's answer to all of them. */
const influences: readonly Record<string, string>[] = [
  { "X-Forwarded-Host": "attacker.example" },
  { "X-Forwarded-Proto": "http" },
  { "X-Forwarded-Scheme": "nothttps" },
  { "X-Forwarded-Port": "1337" },
  { "X-Forwarded-Prefix": "/attacker" },
  { "X-Forwarded-For": "127.0.0.1" },
  { "X-Host": "attacker.example", "X-Forwarded-Server": "attacker.example" },
  { Forwarded: "host=attacker.example;proto=http" },
  { "X-Original-URL": "/nowhere", "X-Rewrite-URL": "/nowhere" },
  { "X-HTTP-Method-Override": "DELETE", "X-Method-Override": "POST", "X-HTTP-Method": "PUT" },
  { Origin: "https://attacker.example", Referer: "https://attacker.example/" },
  { Cookie: "session=1; theme=<script>" },
  { Authorization: "Bearer attacker" },
  { "User-Agent": "<script>alert(1)</script>" },
  { "Accept-Language": "de" },
  { "Accept-Charset": "utf-16" },
  { Accept: "application/json" },
  { Accept: "text/html" },
  { Accept: "application/vnd.docker.distribution.manifest.v2+json" },
  { "Accept-Encoding": "gzip" },
  { "Accept-Encoding": "br, zstd, x-gzip;q=1" },
  { "Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest" },
  { "Cache-Control": "no-cache", Pragma: "akamai-x-check-cacheable" },
  { "CF-Connecting-IP": "127.0.0.1", "CF-IPCountry": "XX", "True-Client-IP": "127.0.0.1" },
  { "Max-Forwards": "0", Via: "1.1 attacker" },
  { Upgrade: "h2c", "Transfer-Encoding": "x" },
  { Expect: "100-continue" },
  { "If-Range": '"x"' },
  { DNT: "1", "Sec-Fetch-Mode": "navigate", "Sec-Purpose": "prefetch" },
];

const ask = async (path: string, init: RequestInit = {}, origin = "https://charts.example") => {
  const under = path.startsWith("/v2/") ? registry : edge;
  const response = await under.request(`${origin}${path}`, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: Object.fromEntries(response.headers), bytes: bytes.toHex() };
};
type Answer = Awaited<ReturnType<typeof ask>>;

/** Whether a cache may hand it to others. */
const isShared = ({ headers }: Answer): boolean =>
  !/no-store|private/.test(headers["cache-control"] ?? "no-store");
const variesBy = ({ headers }: Answer): string[] => (headers["vary"] ?? "").toLowerCase().split(/\s*,\s*/);

test.each(paths)("%s is the same for everybody who may get it from a cache", async (path) => {
  const usual = await ask(path);
  for (const headers of influences) {
    const answer = await ask(path, { headers });
    const isTold = Object.keys(headers).some((name) => variesBy(answer).includes(name.toLowerCase()));
    if (!isTold && (isShared(usual) || isShared(answer)))
      expect({ headers, answer }).toEqual({ headers, answer: usual });
  }
});

test.each(paths)(
  "%s is the same under every name of the mirror, unless it is for one client alone",
  async (path) => {
    const usual = await ask(path);
    if (!isShared(usual)) return;
    for (const origin of [
      "http://charts.example",
      "https://attacker.example",
      "https://charts.example:8443",
    ]) {
      expect(await ask(path, {}, origin)).toEqual(usual);
    }
  },
);

test.each(paths)("%s says the same to HEAD, so a cached HEAD lies to nobody", async (path) => {
  const [got, head] = [await ask(path), await ask(path, { method: "HEAD" })];
  expect(head).toEqual({ ...got, bytes: "" });
});

test.each(paths.filter((path) => !path.includes("?")))(
  "%s is the same with a query that means nothing",
  async (path) => {
    const usual = await ask(path);
    for (const query of [
      "?",
      "?x=1",
      "?utm_source=%3Cscript%3E",
      "?/../../x",
      "?X-Forwarded-Host=attacker.example",
    ]) {
      expect(await ask(`${path}${query}`)).toEqual(usual);
    }
  },
);

test("of a query given twice the first one counts, for the mirror as in the key of a cache", async () => {
  expect(await ask("/api/stable/charts?limit=1&limit=3")).toEqual(await ask("/api/stable/charts?limit=1"));
  expect(await ask("/v2/stable/alpha/tags/list?n=1&n=5")).toEqual(
    await ask("/v2/stable/alpha/tags/list?n=1"),
  );
});

test.each(paths)("%s has no part or condition in what a cache would keep as the whole", async (path) => {
  const part = await ask(path, { headers: { Range: "bytes=0-0" } });
  expect([200, 206, 308, 404]).toContain(part.status);
  if (part.status === 200) expect(part).toEqual(await ask(path));
  if (part.status === 206) expect(part.headers["content-range"]).toMatch(/^bytes 0-0\/\d+$/);
  const { headers } = await ask(path);
  const condition = { "If-None-Match": headers["etag"] ?? '"x"' };
  const unchanged = await ask(path, { headers: condition });
  if (unchanged.status === 304) expect(unchanged.bytes).toBe("");
  else expect(unchanged).toEqual(await ask(path));
});

test.each(paths)("%s: refusals, and what names the host, are kept for nobody else", async (path) => {
  const answer = await ask(path);
  const repeatsHost = new TextDecoder().decode(Uint8Array.fromHex(answer.bytes)).includes("charts.example");
  if (answer.status >= 400 || repeatsHost) expect(isShared(answer)).toBe(false);
});
