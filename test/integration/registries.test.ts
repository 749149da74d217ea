import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { ociSource } from "../support/mirrored-repository.ts";
import { sha256, smallChart } from "../support/published-charts.ts";
import type { RegistryOptions } from "../support/registry/options.ts";
import { presets } from "../support/registry/presets.ts";
import { type Registry, startRegistry } from "../support/registry/registry.ts";

const user = { user: "mirror", password: "pässword:with colon" };
const secret = `${user.user}:${user.password}`;

/** Every manner that a registry may have, each under the name of a repository. */
const manners: Record<string, { options: RegistryOptions; credentials?: string; charts?: "catalog" }> = {
  plain: { options: presets.plain },
  catalog: { options: presets.plain, charts: "catalog" },
  ghcr: { options: presets.ghcr },
  "docker-hub": { options: presets.dockerHub },
  quay: { options: presets.quay },
  // Its tokens end before the next check, and it does not say when.
  ecr: { options: { ...presets.ecr, auth: { ...presets.ecr.auth, seconds: 1 } } },
  basic: { options: { auth: { kind: "basic", ...user } }, credentials: "TEAM_REGISTRY" },
  private: {
    options: {
      ...presets.dockerHub,
      auth: { kind: "token", service: "origin", anonymous: false, credentials: user },
    },
    credentials: "TEAM_REGISTRY",
  },
};
const names = Object.keys(manners);

/** More than the pages of any of them: `web` has as many tags as three pages of Quay's. */
const webVersions = Array.from({ length: 60 }, (_, minor) => `1.${minor}.0`);
const ownVersions = ["0.1.0", "1.0.0-rc.1", "1.0.0+build.5", "v2.0.0"];

describe("a registry in the manner of", () => {
  const registries = new Map<string, Registry>();
  const archives = new Map<string, Uint8Array>();
  let mirror: Mirror;

  const registryOf = (name: string): Registry => {
    const registry = registries.get(name);
    if (registry === undefined) throw new Error(`no registry ${name}`);
    return registry;
  };

  beforeAll(async () => {
    for (const [chart, versions] of [
      ["web", webVersions],
      ["own", ownVersions],
    ] as const) {
      for (const version of versions) archives.set(`${chart}-${version}`, await smallChart(chart, version));
    }
    for (const [name, { options }] of Object.entries(manners)) {
      const registry = await startRegistry({ pageSize: { default: 20, maximum: 25 }, ...options });
      registries.set(name, registry);
      for (const [key, archive] of archives) {
        const chart = key.slice(0, 3);
        await registry.publish(`team/charts/${chart}`, { name: chart, version: key.slice(4), archive });
      }
      for (const tag of ["latest", "main"])
        registry.putTag("team/charts/web", tag, digestOf(registry, "web", "1.0.0"));
    }
    mirror = await startMirror(
      Object.fromEntries(
        names.map((name) => [
          name,
          {
            interval: 1,
            sources: [
              ociSource({
                url: `oci://${registryOf(name).host}/team/charts`,
                charts: manners[name]?.charts ?? ["web", "own", "not-there"],
                ...(manners[name]?.credentials === undefined ? {} : { credentials: "TEAM_REGISTRY" }),
              }),
            ],
          },
        ]),
      ),
      { secrets: { TEAM_REGISTRY: secret } },
    );
    await Promise.all(names.map((name) => mirror.sync(name, 60)));
  }, 90_000);
  afterAll(async () => {
    await mirror.stop();
    for (const registry of registries.values()) await registry.close();
  });

  describe("gives every chart version, byte for byte", () => {
    test.concurrent.each(names)("%s", async (name) => {
      const listed = await mirror.listed(name);
      const found = listed.map((one) => `${one.name}-${one.version}`);
      expect(found.toSorted()).toEqual([...archives.keys()].toSorted());
      for (const { name: chart, version, urls, digest } of listed) {
        const archive = archives.get(`${chart}-${version}`) ?? "";
        expect(digest).toBe(sha256(archive));
        expect(sha256(await mirror.bytes(`${name}/${urls[0]}`))).toBe(digest);
      }
    });
  });

  describe("is in step, with what is not there and what was left out told", () => {
    test.concurrent.each(names)("%s", async (name) => {
      const { sources, problems } = await mirror.status(name);
      expect(problems).toEqual([]);
      expect(sources).toEqual([
        expect.objectContaining({
          kind: "oci",
          state: "ok",
          versions: { shown: 64, listed: 64, only: 64 },
        }),
      ]);
      const { registry } = sources[0] ?? {};
      expect(registry).toMatchObject({ charts: 2, ignoredTags: 2 });
      const missing = (registry?.absentCount ?? 0) + (registry?.deniedCount ?? 0);
      expect(missing).toBe(name === "catalog" ? 0 : 1);
    });
  });

  describe("is asked for no manifest and no blob while nothing is new", () => {
    test.concurrent.each(names)("%s", async (name) => {
      const registry = registryOf(name);
      await mirror.sync(name);
      registry.forgetRequests();
      await mirror.sync(name);
      const kinds = new Set(registry.requests.map(({ kind }) => kind));
      expect(kinds).toContain("tags");
      for (const kind of ["manifest", "blob", "referrers", "upload"] as const)
        expect(kinds).not.toContain(kind);
    });
  });

  describe("gives what is pushed within an interval", () => {
    test.concurrent.each(names)("%s", async (name) => {
      const archive = await smallChart("web", "3.0.0");
      await registryOf(name).publish("team/charts/web", { name: "web", version: "3.0.0", archive });
      await mirror.waitFor(name, ({ versions }) => versions.listed === 65);
      const newest = (await mirror.listed(name)).find((one) => one.name === "web");
      expect(newest).toMatchObject({ version: "3.0.0", digest: sha256(archive) });
    });
  });

  describe("keeps the mirror as it is when it is gone, and is in step when it is back", () => {
    test.concurrent.each(names)("%s", async (name) => {
      const before = await mirror.indexText(name);
      await registryOf(name).close();
      // A check that was under way may end in another way.
      await mirror.waitFor(name, ({ sources }) => sources[0]?.error?.code === "unreachable", 60);
      expect(await mirror.indexText(name)).toBe(before);
      await registryOf(name).listen();
      const back = await mirror.waitFor(name, ({ sources }) => sources[0]?.state === "ok", 60);
      expect(back.sources[0]?.outage).toMatchObject({ code: "unreachable", until: expect.any(String) });
    });
  });

  test("a token that expired unsaid was told by a 400, and replaced", () => {
    const told = registryOf("ecr")
      .requestsFor("tags")
      .filter((request) => request.status === 400);
    expect(told.length).toBeGreaterThan(0);
  });

  test("credentials go to the registry and to its token service, and to nobody else", () => {
    for (const [name, registry] of registries) {
      const strangers = registry.requests.filter(
        ({ path, authorized }) => authorized && path.startsWith("storage/"),
      );
      expect(strangers, name).toEqual([]);
    }
  });
});

test("a wrong password and a missing one are told, each with what to do", async () => {
  await using registry = await startRegistry({ auth: { kind: "basic", ...user } });
  const archive = await smallChart("web", "1.0.0");
  await registry.publish("charts/web", { name: "web", version: "1.0.0", archive });
  const source = ociSource({ url: `oci://${registry.host}/charts`, charts: ["web"], credentials: "WRONG" });
  await using mirror = await startMirror(
    { wrong: { sources: [source] }, missing: { sources: [{ ...source, credentials: "MISSING" }] } },
    { secrets: { WRONG: "mirror:guess" } },
  );
  const errorOf = async (name: string) => {
    const { sources } = await mirror.waitFor(name, (seen) => seen.sources[0]?.state === "failing");
    return sources[0]?.error;
  };
  expect(await errorOf("wrong")).toMatchObject({ code: "unauthorized" });
  expect((await errorOf("wrong"))?.message).not.toContain("guess");
  expect((await errorOf("missing"))?.message).toMatch(/MISSING is not set.*wrangler secret put MISSING/);
});

test("Docker Hub's limit of manifests delays a fill, and loses nothing", async () => {
  await using registry = await startRegistry({
    ...presets.dockerHub,
    manifestLimit: { gets: 10, seconds: 2 },
  });
  for (let minor = 0; minor < 25; minor += 1) {
    const [name, version] = ["web", `1.${minor}.0`];
    await registry.publish("charts/web", { name, version, archive: await smallChart(name, version) });
  }
  await using mirror = await startMirror({
    limited: { sources: [ociSource({ url: `oci://${registry.host}/charts`, charts: ["web"] })] },
  });
  const { problems } = await mirror.waitFor("limited", ({ versions }) => versions.listed === 25, 60);
  expect(problems).toEqual([]);
  expect(registry.requests.some((request) => request.status === 429)).toBe(true);
});

function digestOf(registry: Registry, chart: string, tag: string): string {
  const digest = registry.content.find(`team/charts/${chart}`)?.tags.get(tag);
  if (digest === undefined) throw new Error(`no tag ${tag}`);
  return digest;
}
