import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { archiveKey, statusKey } from "../../src/storage/keys.ts";
import { sha256 } from "../../src/storage/archive-store.ts";
import { logLine } from "../../src/observability/log-line.ts";
import { edgeUnderTest, repositoryConfig as edgeConfig } from "../support/edge-under-test.ts";
import {
  type Harness,
  indexOf,
  repositoryConfig,
  requireEveryArchive,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";
import { registryUnderTest } from "../support/registry-under-test.ts";

// A publisher who writes what he likes into his index, and everybody who meets what he wrote: whoever reads answers,
// pages, logs and the status.

const controls = "\u0000\u0007\b\t\n\r\u001B[2J\u001B]0;title\u0007\u007F\u009B31m";
const disguises = "\u202Ereversed\u2066\u200B\uFEFF\u2028\u2029";
const markup = `"><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>'&lt;`;
const header = "x\r\nSet-Cookie: a=b\r\n\r\n<html>";
const attacks = [
  controls,
  disguises,
  markup,
  header,
  "\uD800",
  "${jndi:ldap://x}",
  "{{ .Values.x }}",
  "=cmd|' /C calc'!A0",
];

/** JSON is what no YAML reader could repair. */
async function publishHostile(harness: Harness): Promise<void> {
  const versions: object[] = [];
  for (const [index, text] of attacks.entries()) {
    const digest = await harness.upstream.archive(`alpha-1.${index}.0.tgz`, `alpha ${index}`);
    versions.push({
      apiVersion: "v2",
      name: "alpha",
      version: `1.${index}.0`,
      appVersion: text,
      description: text.repeat(20),
      home: index % 2 === 0 ? `javascript:alert(${index})//${text}` : `https://x.example/${text}`,
      icon: "data:image/svg+xml,<svg onload=alert(1)>",
      sources: [text, "javascript:alert(1)"],
      keywords: [text],
      maintainers: [{ name: text, email: text, url: `data:text/html,${text}` }],
      annotations: { [text]: text },
      digest,
      urls: [`alpha-1.${index}.0.tgz`],
    });
  }
  const strange = attacks.map((text, index) => [
    text,
    [{ name: text, version: `1.0.${index}`, urls: [`strange-${index}.tgz`], digest: text }],
  ]);
  const entries = {
    alpha: versions,
    [markup.replaceAll("/", "")]: [{ version: "1.0.0", urls: ["markup.tgz"] }],
    ...Object.fromEntries(strange),
    beta: attacks.map((text) => ({ name: "beta", version: `1.0.0-${text}`, urls: ["beta.tgz"] })),
    gamma: attacks.map((text, index) => ({
      name: "gamma",
      version: `1.0.${index}`,
      urls: [text, `//${text}`],
    })),
  };
  await harness.upstream.archive("markup.tgz", "markup");
  harness.upstream.put("index.yaml", JSON.stringify({ apiVersion: "v1", entries }));
  await harness.settle();
}

/** All that anybody can ask of a repository, its strangely named charts among it. */
async function pathsOf(harness: Harness): Promise<string[]> {
  const { repository } = harness;
  const { entries } = await harness.index();
  const ofChart = (chart: string, versions: readonly { version: string; urls: string[] }[]) => {
    const name = encodeURIComponent(chart);
    const below = [name, `${name}/`, `${name}/index.yaml`].map((path) => `/${repository}/${path}`);
    const files = versions.map(({ version }) => `/${repository}/${name}-${encodeURIComponent(version)}.tgz`);
    return [
      ...below,
      ...files,
      ...versions.map(({ urls }) => `/${repository}/${urls[0]}`),
      `/${repository}@latest-2/${name}/index.yaml`,
      `/api/${repository}/charts/${name}`,
      `/api/${repository}/charts/${name}/latest`,
      `/v2/${repository}/${name}/tags/list`,
      ...versions.map(({ version }) => `/v2/${repository}/${name}/manifests/${version}`),
    ];
  };
  return [
    "/",
    "/status.json",
    ...["", "/", "/index.yaml", "/history.json"].map((path) => `/${repository}${path}`),
    ...["@latest", "@latest-3", "@upstream"].map((view) => `/${repository}${view}/index.yaml`),
    `/api/${repository}/charts`,
    ...Object.entries(entries).flatMap(([chart, versions]) => ofChart(chart, versions)),
  ];
}

async function withHostile(
  work: (harness: Harness, answers: { path: string; response: Response; text: string }[]) => Promise<void>,
): Promise<void> {
  await withKeeper(async (harness) => {
    await publishHostile(harness);
    const config = { repositories: { [harness.repository]: edgeConfig() } };
    const [edge, registry] = [edgeUnderTest({ config }), registryUnderTest({ config })];
    const answers = [];
    for (const path of await pathsOf(harness)) {
      const url = `https://charts.example${path}`;
      const response = await (path.startsWith("/v2/") ? registry : edge).request(url);
      answers.push({ path, response, text: new TextDecoder().decode(await response.arrayBuffer()) });
    }
    expect([...edge.failures, ...registry.failures]).toEqual([]);
    await work(harness, answers);
  });
}

test("what a publisher writes reaches no header, no markup, no terminal and no log line", async () => {
  await withHostile(async (harness, answers) => {
    expect(answers.filter(({ response }) => response.status === 200).length).toBeGreaterThan(40);
    for (const { path, response, text } of answers) {
      for (const [name, value] of response.headers) expect(`${name}: ${value}`).toMatch(/^[\x20-\x7e]*$/);
      expect(response.headers.has("set-cookie")).toBe(false);
      const type = response.headers.get("content-type") ?? "";
      // Only pages are anything that a browser runs, and the policy of those runs nothing.
      if (type.startsWith("text/html")) {
        expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
        expect(text).not.toMatch(/<(?:script|img|svg|iframe|object|embed|form|base)\b|<[a-z][^<>]*\son\w+=/i);
        const links = Array.from(text.matchAll(/(?:href|src)="([^"]*)"/gi), ([, link = ""]) => link);
        const schemes = links.map(
          (link) => new URL(link.replaceAll("&amp;", "&"), "https://charts.example").protocol,
        );
        expect(links.filter((link, at) => schemes[at] !== "https:" && link !== "data:,")).toEqual([]);
        expect(text).not.toMatch(/(?![\t\n])\p{Cc}/u);
      } else expect(type).not.toMatch(/html|svg|xml|javascript|css/);
      if (response.status >= 400)
        expect({ path, text }).toEqual({ path, text: text.replaceAll(/[\p{Cc}\p{Cf}]+(?!$)/gu, "") });
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    }
    for (const event of harness.events) expect(logLine(event)).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
    expect(await requireEveryArchive(harness)).toBeGreaterThanOrEqual(attacks.length);
  });
});

test("one line of the index is one version, whatever stands in it", async () => {
  await withKeeper(async (harness) => {
    await publishHostile(harness);
    const text = await harness.indexText();
    const versions = Object.values((await harness.index()).entries).flat();
    expect(text.split("\n").filter((line) => line.startsWith("{") && line.includes('"urls":'))).toHaveLength(
      versions.length,
    );
    expect(text).not.toMatch(/(?![\n\u007F-\u009F])\p{Cc}/u);
    expect(text.isWellFormed()).toBe(true);
  });
});

test("a log line is one line, and still says what was said", () => {
  for (const text of attacks) {
    const line = logLine({ event: "checked", error: `${text}\u{E0001}` });
    expect(line).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
    expect(JSON.parse(line)).toEqual({ event: "checked", error: `${text}\u{E0001}` });
  }
});

test("what is dropped is told in a bounded status, however long it is", async () => {
  await withKeeper(async (harness) => {
    const long = "x".repeat(20_000);
    const entries = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        `${long}${index}`,
        [{ name: long, version: long, urls: [long] }],
      ]),
    );
    const digest = await harness.upstream.archive("good-1.0.0.tgz", "good");
    const good = [{ name: "good", version: "1.0.0", urls: ["good-1.0.0.tgz"], digest }];
    harness.upstream.put("index.yaml", JSON.stringify({ apiVersion: "v1", entries: { good, ...entries } }));
    await harness.settle();
    expect(Object.keys((await harness.index()).entries)).toEqual(["good"]);
    const status = await (await env.BUCKET.get(statusKey(harness.repository)))?.text();
    expect(status?.length).toBeLessThan(100_000);
    for (const event of harness.events) expect(JSON.stringify(event).length).toBeLessThan(5_000);
  });
});

describe("a repository that lists what is another one's", () => {
  test("cannot put other bytes under its digest", async () => {
    await withKeeper(async (victim) => {
      const digest = await victim.upstream.archive("alpha-1.0.0.tgz", "the victim's");
      victim.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      await victim.settle();
      await withKeeper(async (attacker) => {
        await attacker.upstream.archive("alpha-1.0.0.tgz", "the attacker's");
        attacker.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
        await attacker.settle();
        expect(statusOf(attacker).problems[0]?.code).toBe("digest-mismatch");
        const bytes = await (await env.BUCKET.get(archiveKey(digest)))?.arrayBuffer();
        expect(await sha256(new Uint8Array(bytes ?? new ArrayBuffer(0)))).toBe(digest);
      });
      expect(await requireEveryArchive(victim)).toBe(1);
    });
  });

  test("cannot write outside of its own folder, by whatever it calls its charts and files", async () => {
    const written: string[] = [];
    await withKeeper(async (harness) => {
      const { bucket, kv } = harness.parts;
      const noting = <T extends object>(store: T): T =>
        new Proxy(store, {
          get(target, name) {
            const member: unknown = Reflect.get(target, name);
            if (typeof member !== "function") return member;
            const writes = ["put", "delete", "createMultipartUpload"].includes(String(name));
            return (...parameters: unknown[]): unknown => {
              if (writes) written.push(...[parameters[0]].flat().map(String));
              return Reflect.apply(member, target, parameters);
            };
          },
        });
      harness.parts.bucket = noting(bucket);
      harness.parts.kv = noting(kv);
      await publishHostile(harness);
      const own = new RegExp(`^repositories/${harness.repository}/[\\w./]+$|^archives/sha256/[0-9a-f]{64}$`);
      expect(written.length).toBeGreaterThan(10);
      expect(written.filter((key) => !own.test(key) || key.includes(".."))).toEqual([]);
    });
  });
});

test("an index that names two hundred charts by one archive lists them all under its digest", async () => {
  await withKeeper(
    async (harness) => {
      const digest = await harness.upstream.archive("same.tgz", "one for all");
      const versions = Array.from({ length: 200 }, (_, index) => ({
        chart: `chart-${index}`,
        version: "1.0.0",
        digest,
        url: "same.tgz",
      }));
      harness.upstream.put("index.yaml", indexOf(versions));
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(200);
    },
    { config: { budget: { ...repositoryConfig.budget, archives: 1000 } } },
  );
});
