import { mkdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ociManifestKey } from "../../src/storage/keys.ts";
import { availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { httpSource, ociSource } from "../support/mirrored-repository.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import {
  type DebianRegistry,
  debianRegistryIsNeeded,
  findDebianRegistry,
  startDebianRegistry,
} from "../support/registry/debian-registry.ts";
import { helmPush } from "../support/registry/helm-push.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const helms = await availableHelms();
const installed = (await findDebianRegistry()) !== undefined;

/** Repositories of which an HTTP one is a source, too; each is published in both before the mirror begins. */
const both = ["shared", "conflict", "reversed", "reversed-listed", "missing"] as const;

describe.skipIf(installed && helms.length > 0)("what happens in the real docker-registry", () => {
  const needed = installed ? helmIsNeeded : debianRegistryIsNeeded;
  test(needed, (context) => context.skip(needed));
});

describe.skipIf(!installed).each(helms)("in the real docker-registry, with $name", (helm) => {
  const published = new Map(both.map((name) => [name, new PublishedCharts()]));
  const [one, other] = [1, 2];
  let registry: DebianRegistry;
  let upstream: Upstream;
  let mirror: Mirror;

  beforeAll(async () => {
    registry = await startDebianRegistry();
    const sites = [...published].map(([name, { site }]) => [name, site.site]);
    upstream = await startUpstream(sitesByFolder(Object.fromEntries(sites)));
    await publishBoth();
    mirror = await startMirror({
      deleted: { sources: [ociSource({ url: ociUrl("deleted"), charts: ["web"] })] },
      emptied: { sources: [ociSource({ url: ociUrl("emptied"), charts: ["web"] })] },
      moved: { sources: [ociSource({ url: ociUrl("moved"), charts: ["web"], recheck: 1 })] },
      "pushed-twice": { sources: [ociSource({ url: ociUrl("pushed-twice"), charts: ["web"], recheck: 1 })] },
      shared: { sources: [http("shared"), ociSource({ url: ociUrl("shared") })] },
      conflict: { sources: [http("conflict"), ociSource({ url: ociUrl("conflict") })] },
      reversed: { sources: [ociSource({ url: ociUrl("reversed"), charts: ["web"] }), http("reversed")] },
      "reversed-listed": {
        sources: [ociSource({ url: ociUrl("reversed-listed") }), http("reversed-listed")],
      },
      missing: { sources: [http("missing"), ociSource({ url: ociUrl("missing") })] },
    });
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
    await registry[Symbol.asyncDispose]();
  });

  const ociUrl = (name: string): string => `oci://${registry.host}/${name}`;
  const httpUrl = (name: string): string => `${upstream.url}/${name}`;
  const http = (name: string) => httpSource({ url: httpUrl(name) });

  async function publishBoth(): Promise<void> {
    const publish = async (name: (typeof both)[number], version: string) =>
      published.get(name)?.publish("web", version, { archive: await smallChart("web", version, one) });
    await publish("shared", "1.0.0");
    await publish("shared", "1.1.0");
    await push("shared", "1.0.0", one);
    await push("shared", "1.2.0", one);
    for (const name of ["conflict", "reversed", "reversed-listed"] as const) {
      await publish(name, "1.0.0");
      await push(name, "1.0.0", other);
    }
    await publish("missing", "1.0.0");
    published.get("missing")?.site.delete("web-1.0.0.tgz");
    await push("missing", "1.0.0", one);
  }

  /** @returns the manifest's digest, as `helm push` says it */
  async function push(name: string, version: string, build: number, created?: Date): Promise<string> {
    await using home = await helmHome(helm);
    const archive = await smallChart("web", version, build);
    const chart = { file: `web-${version}.tgz`, archive, ...(created === undefined ? {} : { created }) };
    return (await helmPush(home, `${registry.host}/${name}`, chart)).digest;
  }

  /** With the real Helm, from the mirror. */
  async function pulled(name: string, version: string): Promise<Uint8Array> {
    await using home = await helmHome(helm);
    await mkdir(home.file("pulled"));
    const from = ["--repo", mirror.urlOf(name), "--version", version];
    await home.succeed("pull", "web", ...from, "-d", home.file("pulled"));
    return new Uint8Array(await readFile(home.file(`pulled/web-${version}.tgz`)));
  }

  const digestOf = async (version: string, build: number): Promise<string> =>
    sha256(await smallChart("web", version, build));

  async function listedOf(name: string): Promise<[version: string, digest: string][]> {
    return (await mirror.listed(name)).map(({ version, digest }) => [version, digest]);
  }

  describe.concurrent("a change", () => {
    test("a version whose manifest is deleted stays listed and served, and the source shows one fewer", async () => {
      await push("deleted", "1.0.0", one);
      const digest = await push("deleted", "1.1.0", one);
      await mirror.waitFor("deleted", ({ versions }) => versions.listed === 2);
      const index = await mirror.indexText("deleted");
      const deletion = await registry.fetch(`/v2/deleted/web/manifests/${digest}`, { method: "DELETE" });
      expect(deletion.status).toBe(202);
      const { versions, sources, problems } = await mirror.waitFor(
        "deleted",
        (status) => status.sources[0]?.versions.shown === 1,
      );
      expect(versions).toMatchObject({ listed: 2, stored: 2 });
      expect(sources).toMatchObject([{ state: "ok", versions: { shown: 1, listed: 1, only: 1 } }]);
      expect(problems).toEqual([]);
      expect(await mirror.indexText("deleted")).toBe(index);
      expect(await pulled("deleted", "1.1.0")).toEqual(await smallChart("web", "1.1.0", one));
    });

    test("a registry from which everything is deleted is told as an accident, and nothing goes", async () => {
      const digest = await push("emptied", "1.0.0", one);
      await mirror.waitFor("emptied", ({ versions }) => versions.listed === 1);
      await registry.fetch(`/v2/emptied/web/manifests/${digest}`, { method: "DELETE" });
      const { sources } = await mirror.waitFor("emptied", (status) => status.sources[0]?.state === "failing");
      expect(sources).toMatchObject([{ error: { code: "emptied" }, versions: { shown: 1, listed: 1 } }]);
      expect(await pulled("emptied", "1.0.0")).toEqual(await smallChart("web", "1.0.0", one));
      await push("emptied", "1.1.0", one);
      const back = await mirror.waitFor("emptied", ({ versions }) => versions.listed === 2);
      expect(back.sources).toMatchObject([{ state: "ok", versions: { shown: 1, listed: 1, only: 1 } }]);
    });

    test("a tag pushed again with other bytes keeps those first listed, and the others answer by digest", async () => {
      await push("moved", "1.0.0", one);
      await mirror.waitFor("moved", ({ versions }) => versions.listed === 1);
      const index = await mirror.indexText("moved");
      const manifest = await push("moved", "1.0.0", other);
      const { problems, versions } = await mirror.waitFor("moved", ({ problemCount }) => problemCount > 0);
      const [first, second] = [await digestOf("1.0.0", one), await digestOf("1.0.0", other)];
      expect(problems).toEqual([
        expect.objectContaining({
          chart: "web",
          version: "1.0.0",
          code: "re-released",
          listed: { digest: first, sources: [] },
          other: { digest: second, sources: [ociUrl("moved")] },
        }),
      ]);
      expect(versions).toMatchObject({ listed: 1, stored: 2 });
      expect(await mirror.indexText("moved")).toBe(index);
      expect(await pulled("moved", "1.0.0")).toEqual(await smallChart("web", "1.0.0", one));
      const served = await mirror.bytes(`moved/charts/${second}/web-1.0.0.tgz`);
      expect(served).toEqual(await smallChart("web", "1.0.0", other));
      expect(await mirror.stored(ociManifestKey(manifest.replace("sha256:", "")))).toBeDefined();
    });

    test("a tag pushed again with the same archive is no other release", async () => {
      await push("pushed-twice", "1.0.0", one, new Date("2026-01-01T00:00:00Z"));
      await mirror.waitFor("pushed-twice", ({ versions }) => versions.listed === 1);
      const index = await mirror.indexText("pushed-twice");
      const again = await push("pushed-twice", "1.0.0", one, new Date("2026-02-02T00:00:00Z"));
      const key = ociManifestKey(again.replace("sha256:", ""));
      await expect.poll(async () => await mirror.stored(key), { timeout: 20_000 }).toBeDefined();
      const { problems, versions } = await mirror.sync("pushed-twice");
      expect(problems).toEqual([]);
      expect(versions).toMatchObject({ listed: 1, stored: 1 });
      expect(await mirror.indexText("pushed-twice")).toBe(index);
    });
  });

  describe.concurrent("beside an HTTP repository", () => {
    test("the same digest in both is one archive, and a version of one of them appears", async () => {
      const { versions, sources, problems } = await mirror.sync("shared");
      const expected = ["1.2.0", "1.1.0", "1.0.0"].map(async (version) => [
        version,
        await digestOf(version, one),
      ]);
      expect(await listedOf("shared")).toEqual(await Promise.all(expected));
      expect(versions).toMatchObject({ listed: 3, stored: 3 });
      const contribution = { state: "ok", versions: { shown: 2, listed: 2, only: 1 } };
      expect(sources).toMatchObject([
        { url: httpUrl("shared"), ...contribution },
        { url: ociUrl("shared"), ...contribution },
      ]);
      expect(problems).toEqual([]);
      for (const version of ["1.0.0", "1.1.0", "1.2.0"])
        expect(await pulled("shared", version)).toEqual(await smallChart("web", version, one));
      expect(upstream.requestsFor(/^shared\/web-1\.0\.0\.tgz$/)).toHaveLength(1);
      const blob = `/v2/shared/web/blobs/sha256:${await digestOf("1.0.0", one)}`;
      const asked = (await registry.requests()).filter(({ method }) => method === "GET");
      expect(asked.filter(({ target }) => target === blob)).toEqual([]);
    });

    test.each([
      ["conflict", one],
      ["reversed", other],
      ["reversed-listed", other],
    ])(
      "of two digests the preferred source's is listed, both are told, and kept: %s",
      async (name, build) => {
        const { problems, versions } = await mirror.waitFor(name, ({ problemCount }) => problemCount > 0);
        const [inHttp, inRegistry] = [
          { digest: await digestOf("1.0.0", one), sources: [httpUrl(name)] },
          { digest: await digestOf("1.0.0", other), sources: [ociUrl(name)] },
        ];
        const [listed, beside] = build === one ? [inHttp, inRegistry] : [inRegistry, inHttp];
        expect(await listedOf(name)).toEqual([["1.0.0", listed.digest]]);
        expect(problems).toEqual([
          expect.objectContaining({
            chart: "web",
            version: "1.0.0",
            code: "conflict",
            listed,
            other: beside,
          }),
        ]);
        expect(versions).toMatchObject({ listed: 1, stored: 2 });
        expect(await pulled(name, "1.0.0")).toEqual(await smallChart("web", "1.0.0", build));
        const served = await mirror.bytes(`${name}/charts/${beside.digest}/web-1.0.0.tgz`);
        expect(sha256(served)).toBe(beside.digest);
      },
    );

    test("an archive that the HTTP side lists and does not have comes from the registry", async () => {
      const { versions, problems } = await mirror.sync("missing");
      expect(versions).toMatchObject({ listed: 1, stored: 1, failed: 0 });
      expect(problems).toEqual([]);
      expect(await pulled("missing", "1.0.0")).toEqual(await smallChart("web", "1.0.0", one));
      expect(upstream.requestsFor(/^missing\/web-1\.0\.0\.tgz$/)).toMatchObject([{ status: 404 }]);
    });
  });
});
