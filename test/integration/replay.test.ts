import { createHash } from "node:crypto";
import { noVersions, type RepositoryStatus } from "../../src/storage/status.ts";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { History } from "../../src/storage/history.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { sha256 } from "../support/published-charts.ts";
import { type Site, siteFile } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const corpus = process.env["CHARTKEEP_CORPUS"] ?? "";
const folder = join(corpus, "argo-helm/history");
const files =
  corpus === ""
    ? []
    : readdirSync(folder)
        .filter((file) => file.endsWith(".yaml.gz"))
        .toSorted();
const name = "argo-helm";
/** Where most of its archives lie on the web. */
const releases = "https://github.com/argoproj/argo-helm/releases/download/";

/** One published index, as it is served here. */
interface Published {
  text: string;
  /** Path below the upstream → bytes. */
  archives: Map<string, Uint8Array>;
  /** `<chart> <version>` → digest, as the `yaml` package reads it. */
  digests: Map<string, string>;
}

/**
 * The archives of the past are not there any more. Small ones stand in for them, made from their digests, so that
 * what was equal is equal and what was other bytes is other bytes; the index says their digests instead.
 */
const standIn = (digest: string): Uint8Array =>
  new Uint8Array([0x1f, 0x8b, ...createHash("sha256").update(digest).digest()]);

function load(file: string): Published {
  const original = gunzipSync(readFileSync(join(folder, file))).toString();
  const text = original.replaceAll(
    /^( +digest: )([0-9a-f]{64})$/gm,
    (_line, key: string, digest: string) => key + sha256(standIn(digest)),
  );
  const { entries }: { entries: Record<string, { version: string; digest: string; urls: [string] }[]> } =
    parse(original);
  const archives = new Map<string, Uint8Array>();
  const digests = new Map<string, string>();
  for (const [chart, versions] of Object.entries(entries)) {
    for (const { version, digest, urls } of versions) {
      archives.set(urls[0].replace(releases, "releases/"), standIn(digest));
      digests.set(`${chart} ${version}`, sha256(standIn(digest)));
    }
  }
  return { text, archives, digests };
}

const siteOf =
  ({ text, archives }: Published): Site =>
  async (path) => {
    const bytes = path === "index.yaml" ? new TextEncoder().encode(text) : archives.get(path);
    return bytes === undefined ? undefined : siteFile(bytes, new Date());
  };

/** What has to be known, worked out from the indexes alone: the first digest of a version stays, the others are told of. */
class Expected {
  readonly listed = new Map<string, string>();
  readonly others = new Map<string, Set<string>>();
  /** How many versions each publication added. */
  readonly added: number[] = [];

  show(digests: ReadonlyMap<string, string>): void {
    const before = this.listed.size;
    for (const [version, digest] of digests) {
      const first = this.listed.get(version) ?? digest;
      this.listed.set(version, first);
      if (digest !== first) this.others.set(version, (this.others.get(version) ?? new Set()).add(digest));
    }
    if (this.listed.size > before) this.added.push(this.listed.size - before);
  }

  get otherDigests(): string[] {
    return [...this.others.values()].flatMap((digests) => [...digests]);
  }
}

describe.skipIf(corpus === "")("the history of a real repository, replayed", () => {
  const expected = new Expected();
  /** How many versions were listed in each revision. */
  const revisions = new Map<string, number>();
  let upstream: Upstream;
  let mirror: Mirror;

  beforeAll(async () => {
    upstream = await startUpstream(async () => undefined);
    const rewrites = [{ from: releases, to: `${upstream.url}/releases/` }];
    mirror = await startMirror({ [name]: { url: upstream.url, rewrites, interval: 0.2 } });
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  async function listed(): Promise<Map<string, string>> {
    const entries = await mirror.listed(name);
    return new Map(entries.map((entry) => [`${entry.name} ${entry.version}`, entry.digest]));
  }

  async function replay(file: string): Promise<RepositoryStatus & { shown: number }> {
    const published = load(file);
    expected.show(published.digests);
    upstream.site = siteOf(published);
    const status = await mirror.sync(name, 60);
    expect(await listed(), file).toEqual(expected.listed);
    return { ...status, shown: published.digests.size };
  }

  test("lists every version with the digest that it had first, after each of the indexes", async () => {
    expect(files).toHaveLength(70);
    for (const file of files) {
      const { revision, versions, problemCount, sources } = await replay(file);
      const stored = expected.listed.size + expected.otherDigests.length;
      expect(versions, file).toEqual({ ...noVersions, listed: expected.listed.size, stored });
      expect(problemCount, file).toBe(expected.otherDigests.length);
      expect(sources, file).toMatchObject([{ state: "ok", outage: null }]);
      if (revision !== null) revisions.set(revision, versions.listed);
    }
    expect(expected.others.size).toBe(31);
    expect(expected.otherDigests).toHaveLength(227);
  }, 300_000);

  test("tells of the versions that were released again, and serves their other bytes, too", async () => {
    const { problems } = await mirror.status(name);
    expect(problems).toHaveLength(100);
    for (const { chart, version, code, listed: first, other } of problems) {
      expect(code).toBe("re-released");
      expect(first?.digest).toBe(expected.listed.get(`${chart} ${version}`));
      expect([...(expected.others.get(`${chart} ${version}`) ?? [])]).toContain(other?.digest);
    }
    for (const digest of [...expected.listed.values(), ...expected.otherDigests]) {
      expect(sha256(await mirror.bytes(`${name}/charts/${digest}/file.tgz`))).toBe(digest);
    }
  }, 60_000);

  test("has each state in its history, with what it added, and nothing that changed or went away", async () => {
    const history: History = JSON.parse(new TextDecoder().decode(await mirror.bytes(`${name}/history.json`)));
    const past = history.revisions.toReversed();
    expect(past.map(({ added }) => added.count)).toEqual(expected.added);
    expect(past.map(({ revision, versions }) => [revision, versions])).toEqual([...revisions]);
    for (const { changed, hidden } of past) expect(changed.count + hidden.count).toBe(0);
    for (const [revision, versions] of revisions) {
      expect(await mirror.listed(`${name}@${revision}`)).toHaveLength(versions);
    }
  }, 60_000);

  test("loses nothing when five years are lost for a night, and publishes nothing when they are back", async () => {
    const { revision } = await mirror.status(name);
    const lost = await replay("2021-039.yaml.gz");
    expect(lost.shown).toBe(307);
    expect(lost).toMatchObject({ revision, sources: [{ state: "ok", versions: { shown: lost.shown } }] });
    const back = await replay("2026-029.yaml.gz");
    expect(back).toMatchObject({ revision, sources: [{ state: "ok", versions: { shown: 1628 } }] });
    expect(back.versions.stored).toBe(1855);
  }, 60_000);
});
