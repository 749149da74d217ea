import { env } from "cloudflare:test";
import { html as markup } from "hono/html";
import { describe, expect, test } from "vitest";
import { statusKey } from "../../src/storage/keys.ts";
import { frontPage } from "../../src/web/front-page.ts";
import { renderPage } from "../../src/web/page.ts";
import { repositoryPage } from "../../src/web/repository-page.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { failing as failingStore } from "../support/watched-stores.ts";
import { noVersions, type RepositoryStatus, type SourceStatus } from "../../src/storage/status.ts";
import { toldPolicies } from "../support/told-policies.ts";

const hostile = `"><script>alert(1)</script>'&`;
const ok: SourceStatus = {
  url: "https://upstream.example/charts",
  kind: "http",
  state: "ok",
  checkedAt: "2026-11-20T10:20:00Z",
  succeededAt: null,
  changedAt: null,
  consecutiveFailures: 0,
  checks: { count: 1, seconds: 0.1 },
  error: null,
  outage: null,
  versions: { shown: 0, listed: 0, only: 0 },
  registry: null,
};
const failing: SourceStatus = {
  url: `javascript:alert("x")`,
  kind: "http",
  state: "failing",
  checkedAt: hostile,
  succeededAt: null,
  changedAt: null,
  consecutiveFailures: 7,
  checks: { count: 1, seconds: 0.1 },
  error: { code: "http-status", message: hostile },
  outage: null,
  versions: { shown: 0, listed: 0, only: 0 },
  registry: null,
};
const status: RepositoryStatus = {
  revision: null,
  publishedAt: "2026-11-20T10:11:12Z",
  charts: 1,
  versions: { ...noVersions, listed: 1234, stored: 2, pending: 3, failed: 4, dropped: 5 },
  ...toldPolicies,
  archiveBytes: 6,
  mutations: 0,
  work: { count: 1, seconds: 0.1 },
  files: [],
  sources: [ok, failing],
  problems: Array.from({ length: 30 }, (_, i) => ({
    chart: hostile,
    version: `${i}.0.0`,
    code: "mismatch",
    message: hostile,
  })),
  problemCount: 456,
  pinned: null,
  verify: null,
  integrityFailures: 0,
};
const data = { origin: "https://charts.example", name: "stable", isRoot: true, status };
const charts = {
  [hostile]: {
    offset: 0,
    length: 1,
    etag: "0",
    registry: { offset: 0, length: 0 },
    versions: 2,
    newest: hostile,
    description: hostile,
  },
};

test("a source shows what it contributes, and when it was out of reach", async () => {
  const registry = {
    charts: 3,
    absent: ["a"],
    absentCount: 1,
    denied: [],
    deniedCount: 0,
    failed: [{ chart: hostile, code: "timeout", message: hostile }],
    failedCount: 3,
    ignoredTags: 4,
    kept: 5,
  };
  const outage = {
    since: "2026-11-19T10:00:00Z",
    until: "2026-11-19T12:30:00Z",
    code: hostile,
    message: hostile,
  };
  const source: SourceStatus = {
    ...ok,
    url: "oci://registry.example.com/charts",
    kind: "oci",
    versions: { shown: 1200, listed: 1190, only: 7 },
    registry,
    outage,
  };
  const page = await renderPage(
    repositoryPage({ ...data, status: { ...status, sources: [source] }, charts }),
  );
  const text = page.html.replaceAll(/<[^>]+>/g, "").replaceAll(/\s+/g, " ");
  expect(text).toContain(
    "Shows 1,200 versions, 7 of them it alone; 1 chart not there; 5 signatures and the like.",
  );
  expect(text).toContain("Last outage from 2026-11-19 10:00 UTC to 2026-11-19 12:30 UTC");
  expect(page.html).not.toContain("<script>");
});

test("a member is linked to its own page, and one of a strange name to nowhere else", async () => {
  const sources = ["member:stable", 'member://evil.example/"><script>'].map((url): SourceStatus => {
    return { ...ok, url, kind: "member" };
  });
  const page = await renderPage(repositoryPage({ ...data, status: { ...status, sources }, charts: {} }));
  expect(page.html).toContain('<a href="/stable/"><bdi>stable</bdi></a>, a repository of this mirror');
  expect(page.html).not.toContain('href="//');
  expect(page.html).not.toContain("<script>");
});

describe("the repository page", async () => {
  const { html } = await renderPage(repositoryPage({ ...data, charts }));

  test("shows what others wrote as text, never as markup", () => {
    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;script&gt;alert(1)");
  });

  test("has no control characters, which a terminal would obey", async () => {
    const { html: text } = await renderPage({
      title: "a\u001B[2J",
      body: markup`${"b\u0000\u009B31m\u007F\tc\n"}`,
    });
    expect(text).toContain("<title>a\uFFFD[2J</title>");
    expect(text).toContain("b\uFFFD\uFFFD31m\uFFFD\tc\n");
  });

  test("makes links of web addresses only", () => {
    expect(html).toContain(`<a href="https://upstream.example/charts"`);
    expect(html).not.toMatch(/href="javascript/);
  });

  test("keeps the direction of writing of others to their own words", () => {
    const around = html
      .replaceAll(/ href="[^"]*"/g, "")
      .split(/<bdi>[^]*?<\/bdi>/)
      .join("");
    expect(around).not.toContain("alert(");
  });

  test("shows the line to copy, the numbers, and the sources", () => {
    expect(html).toContain("helm repo add stable https://charts.example/stable</code>");
    expect(html).toContain("<dd>1,234</dd>");
    expect(html).toContain(`<span class="state ok">in step</span>`);
    expect(html).toContain(`<span class="state failing">failing</span>`);
    expect(html).toContain("7 failed checks in a row");
  });

  test("says since when the operator holds it at an older state, and nothing of it otherwise", async () => {
    expect(html).not.toContain("Held since");
    const pinned = { revision: "0a".repeat(16), since: "2026-11-20T12:00:00.000Z" };
    const page = await renderPage(repositoryPage({ ...data, status: { ...status, pinned }, charts }));
    expect(page.html).toMatch(/<dt>Held since<\/dt>\s*<dd>[^]*2026/);
  });

  test("shows a bounded number of problems, folded up where they are many", async () => {
    expect(html).toContain("456 problems");
    expect(html).toContain("The latest 20 are shown");
    expect(html.split(">mismatch</code>")).toHaveLength(21);
    expect(html).not.toMatch(/<details\s+open/);
    const few = { ...status, problems: status.problems.slice(0, 3), problemCount: 3 };
    const page = await renderPage(repositoryPage({ ...data, status: few, charts }));
    expect(page.html).toMatch(/<details\s+open/);
    expect(page.html).not.toContain("The latest");
  });

  test("says of a problem of no version that storage has it", async () => {
    const problems = [{ chart: "", version: "", code: "kv-behind", message: "KV takes no writes" }];
    const page = await renderPage(
      repositoryPage({ ...data, status: { ...status, problems, problemCount: 1 }, charts }),
    );
    expect(page.html).toMatch(/<b>Storage<\/b> <code class="muted">kv-behind</);
  });

  test.for([
    ["none-yet", "has not published anything yet"],
    ["unreadable", "cannot be read right now"],
  ] as const)("says so when its charts are %s", async ([state, text]) => {
    expect((await renderPage(repositoryPage({ ...data, charts: state }))).html).toContain(text);
  });
});

describe("a source", () => {
  const checkedAt = "2026-11-20T10:20:00Z";
  const changedAt = "2026-11-19T08:00:00Z";
  const succeededAt = "2026-11-20T05:01:59Z";

  test.for([
    ["not asked so far", { ...ok, state: "unknown", checkedAt: null }, "not checked yet"],
    [
      "in step",
      { ...ok, checkedAt, changedAt },
      "Checked 2026-11-20 10:20 UTC, last change 2026-11-19 08:00 UTC",
    ],
    ["failing for hours", { ...failing, checkedAt, succeededAt }, "last reached 2026-11-20 05:01 UTC"],
    ["never reached", { ...failing, checkedAt }, "Checked 2026-11-20 10:20 UTC, never reached"],
    ["failing once", { ...failing, consecutiveFailures: 1 }, "1 failed check."],
  ] as const)("that is %s says so", async ([, source, text]) => {
    const page = repositoryPage({ ...data, status: { ...status, sources: [source] }, charts: {} });
    const { html } = await renderPage(page);
    expect(html.replaceAll(/<[^>]*>/g, "").replaceAll(/\s+/g, " ")).toContain(text);
  });

  test("that was never reached promises nothing", async () => {
    const { html } = await renderPage(repositoryPage({ ...data, charts: {} }));
    expect(html).not.toContain("What was mirrored stays available");
  });
});

describe("the front page", async () => {
  const page = frontPage({
    origin: "https://charts.example",
    root: "stable",
    repositories: [
      { name: "stable", status },
      { name: hostile, status: { ...status, publishedAt: null, problemCount: 0 } },
    ],
  });
  const { html } = await renderPage(page);

  test("shows every repository as text", () => {
    expect(html).not.toContain("<script");
    expect(html).toContain(`<h2 id="stable"><a href="/stable/">stable</a></h2>`);
  });

  test("says what a repository holds, and where else it is served", () => {
    expect(html).toContain("1 chart · 1,234 versions · 456 problems");
    expect(html).toContain(">nothing published yet<");
    expect(html).toContain("Also served at <code>https://charts.example/</code>");
  });
});

test("the policy allows the page's own style sheet, byte for byte, and nothing else", async () => {
  const { html, securityPolicy } = await renderPage(repositoryPage({ ...data, charts }));
  const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? "";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  expect(securityPolicy).toContain(`style-src 'sha256-${new Uint8Array(digest).toBase64()}'`);
  expect(securityPolicy).toContain("default-src 'none'");
  expect(html).not.toMatch(/\sstyle=|\son\w+=/);
});

describe("pages over HTTP", async () => {
  const config = { repositories: { stable: repositoryConfig() } };
  await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "stable", {
    alpha: { versions: ["1.1.0", "1.0.0"], description: "The <b>first</b> letter" },
  });
  await env.BUCKET.put(statusKey("stable"), JSON.stringify(status));

  test.for(["/", "/stable/"])("%s is HTML for this visitor alone, since it names the host", async (path) => {
    const response = await edgeUnderTest({ config }).request(`http://localhost:8787${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("private, max-age=15");
    expect(await response.text()).toContain("helm repo add stable http://localhost:8787/stable");
  });

  test("/stable/ lists the charts", async () => {
    const text = await (await edgeUnderTest({ config }).request("/stable/")).text();
    expect(text).toContain("alpha");
    expect(text).toContain("1.1.0");
    expect(text).toContain("The &lt;b&gt;first");
  });

  test.for(["/", "/stable/"])("%s comes while all storage fails", async (path) => {
    const broken = edgeUnderTest({ config, kv: failingStore(env.KV), bucket: failingStore(env.BUCKET) });
    const response = await broken.request(path);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("helm repo add stable");
  });
});

test("a repository of many charts has a page of the first thousand, in the order of the index", async () => {
  const names = Array.from({ length: 1234 }, (_, at) => `${1234 - at}`);
  const many = Object.fromEntries(
    names.map((name, at) => [name, { ...charts[hostile], newest: "9.9.9", offset: at }]),
  );
  const { html } = await renderPage(repositoryPage({ ...data, charts: many }));
  const shown = Array.from(html.matchAll(/<a href="\.\/(\d+)\/">/g), ([, name]) => name);
  expect(shown).toEqual(names.slice(0, 1000));
  expect(html).toContain("And 234 more in index.yaml.");
  const few = repositoryPage({ ...data, charts: Object.fromEntries(Object.entries(many).slice(0, 1000)) });
  expect((await renderPage(few)).html).not.toContain("more in index.yaml");
});
