import { env, runInDurableObject } from "cloudflare:test";
import type { RepositoryConfig } from "../../src/config/config.ts";
import { defaultPolicies } from "../../src/config/policies.ts";
import { Ledger } from "../../src/keeper/ledger.ts";
import { reportStatus } from "../../src/keeper/report.ts";
import { nextDue, runUnit, type UnitParts } from "../../src/keeper/unit.ts";
import type { KeeperEvent } from "../../src/observability/event.ts";
import type { Head } from "../../src/storage/head.ts";
import { archiveKey, headKey, revisionKey } from "../../src/storage/keys.ts";
import { sha256 } from "../../src/storage/archive-store.ts";
import { revisionDocuments } from "../../src/storage/revision-store.ts";
import type { Fetch } from "../../src/upstream/bounded-fetch.ts";
import { RegistryTokens } from "../../src/upstream/registry-tokens.ts";

export const sourceUrl = "https://charts.example.com/stable";

/** Web servers at the end of `fetch`: paths below the source, or whole URLs of another one → what they answer. */
export class FakeUpstream {
  readonly files = new Map<string, Uint8Array | ((request: RequestInit) => Response | Promise<Response>)>();
  requests: string[] = [];

  readonly fetch: Fetch = async (url, init) => {
    const path = url.startsWith(`${sourceUrl}/`) ? url.slice(sourceUrl.length + 1) : url;
    this.requests.push(path);
    const file = this.files.get(path);
    if (file === undefined) return new Response("<!doctype html>404", { status: 404 });
    if (typeof file === "function") return await file(init);
    return new Response(file, { headers: { "content-length": String(file.byteLength) } });
  };

  put(path: string, text: string): void {
    this.files.set(path, new TextEncoder().encode(text));
  }

  /** An archive that looks like one. @returns its digest */
  async archive(path: string, content: string): Promise<string> {
    const bytes = new Uint8Array([0x1f, 0x8b, ...new TextEncoder().encode(content)]);
    this.files.set(path, bytes);
    return await sha256(bytes);
  }
}

export interface IndexedVersion {
  chart: string;
  version: string;
  digest?: string;
  url?: string;
  description?: string;
  /** RFC 3339. */
  created?: string;
}

/** An index as Helm writes it. */
export function indexOf(versions: readonly IndexedVersion[]): string {
  const charts = Map.groupBy(versions, ({ chart }) => chart);
  const lines = Array.from(charts, ([chart, entries]) => [
    `  ${chart}:`,
    ...entries.flatMap(({ version, digest, url, description, created }) => [
      "  - apiVersion: v2",
      ...(created === undefined ? [] : [`    created: "${created}"`]),
      ...(description === undefined ? [] : [`    description: ${description}`]),
      ...(digest === undefined ? [] : [`    digest: ${digest}`]),
      `    name: ${chart}`,
      "    urls:",
      `    - ${url ?? `${chart}-${version}.tgz`}`,
      `    version: ${version}`,
    ]),
  ]);
  const entries = lines.length === 0 ? ["entries: {}"] : ["entries:", ...lines.flat()];
  return ["apiVersion: v1", ...entries, 'generated: "2026-01-01T00:00:00Z"', ""].join("\n");
}

export const repositoryConfig: RepositoryConfig = {
  sources: [{ kind: "http", url: sourceUrl, files: [], rewrites: [] }],
  interval: 600,
  history: 86_400,
  budget: { entries: 1000, archives: 100, subrequests: 1000 },
  limits: {
    indexBytes: 2 ** 26,
    archiveBytes: 2 ** 20,
    fileBytes: 2 ** 16,
    indexSeconds: 10,
    archiveSeconds: 10,
  },
  policies: defaultPolicies,
};

export interface Harness {
  repository: string;
  upstream: FakeUpstream;
  ledger: Ledger;
  parts: UnitParts;
  events: KeeperEvent[];
  /** Moves the clock. */
  wait(seconds: number): void;
  /** Units until nothing is due. */
  settle(): Promise<void>;
  unit(): Promise<void>;
  head(): Promise<Head>;
  /** The published index, parsed. */
  index(): Promise<PublishedIndex>;
  indexText(): Promise<string>;
}

export interface PublishedIndex {
  entries: Record<string, { name: string; version: string; digest: string; urls: string[] }[]>;
}

let repositories = 0;

/** Runs `work` beside a fresh ledger and a fresh repository in the real R2 and KV. */
export async function withKeeper(
  work: (harness: Harness) => Promise<void>,
  options: { config?: Partial<RepositoryConfig>; repository?: string } = {},
): Promise<void> {
  repositories += 1;
  const repository = options.repository ?? `repository-${repositories}`;
  const stub = env.LEDGERS.getByName(`${repository}-${repositories}`);
  await runInDurableObject(stub, async (_instance, state) => {
    await work(createHarness(repository, { ...repositoryConfig, ...options.config }, state.storage));
  });
}

/** @param clock milliseconds since 1970, which several may share */
export function createHarness(
  repository: string,
  config: RepositoryConfig,
  storage: DurableObjectStorage,
  upstream = new FakeUpstream(),
  clock = { now: Date.UTC(2026, 0, 1) },
): Harness {
  const events: KeeperEvent[] = [];
  const parts: UnitParts = {
    repository,
    config,
    budget: config.budget,
    ledger: new Ledger(storage),
    bucket: env.BUCKET,
    kv: env.KV,
    tokens: new RegistryTokens(() => clock.now),
    secret: () => undefined,
    fetch: upstream.fetch,
    now: () => clock.now,
    log: (event) => void events.push(event),
    purge: () => Promise.resolve(),
    announce: () => Promise.resolve(),
  };
  const harness: Harness = {
    repository,
    upstream,
    ledger: parts.ledger,
    parts,
    events,
    wait: (seconds) => void (clock.now += seconds * 1000),
    unit: () => runUnit(parts),
    async settle() {
      for (
        let unit = 0;
        unit < 100 && nextDue(parts.ledger, parts.config, clock.now) <= clock.now;
        unit += 1
      ) {
        await runUnit(parts);
      }
    },
    async head() {
      const object = await env.BUCKET.get(headKey(repository));
      if (object === null) throw new Error("nothing is published");
      return await object.json<Head>();
    },
    async indexText() {
      const { revision } = await harness.head();
      const object = await env.BUCKET.get(revisionKey(repository, revision, "index.json"));
      if (object === null) throw new Error("the head leads nowhere");
      return await object.text();
    },
    async index() {
      return JSON.parse(await harness.indexText());
    },
  };
  return harness;
}

/**
 * Promise 2: every URL of the published index has bytes of the listed digest, and every document of the revision
 * is there. @returns how many versions
 */
export async function requireEveryArchive(harness: Harness): Promise<number> {
  if ((await env.BUCKET.head(headKey(harness.repository))) === null) return 0;
  const { revision } = await harness.head();
  for (const document of revisionDocuments) {
    const key = revisionKey(harness.repository, revision, document);
    if ((await env.BUCKET.head(key)) === null) throw new Error(`${key} is missing`);
  }
  const versions = Object.values((await harness.index()).entries).flat();
  for (const { digest, urls } of versions) {
    if (!urls[0]?.startsWith(`charts/${digest}/`)) throw new Error(`${urls[0]} does not carry ${digest}`);
    const object = await env.BUCKET.get(archiveKey(digest));
    const actual = object === null ? "nothing" : await sha256(new Uint8Array(await object.arrayBuffer()));
    if (actual !== digest) throw new Error(`${digest} is listed, ${actual} is stored`);
  }
  return versions.length;
}

/** Publishes alpha 1.0.0 … n.0.0 upstream. */
export async function publishUpstream(harness: Harness, count: number, chart = "alpha"): Promise<string[]> {
  const digests: string[] = [];
  for (let major = 1; major <= count; major += 1) {
    digests.push(await harness.upstream.archive(`${chart}-${major}.0.0.tgz`, `${chart} ${major}`));
  }
  const versions = digests.map((digest, index) => ({ chart, version: `${index + 1}.0.0`, digest }));
  harness.upstream.put("index.yaml", indexOf(versions));
  return digests;
}

/** How things stand by the ledger. */
export const statusOf = (harness: Harness) => reportStatus(harness.ledger, harness.parts.config);
