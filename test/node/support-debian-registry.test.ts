import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { tagsIn } from "../support/registry/asking.ts";
import {
  type DebianRegistry,
  type DebianRegistryOptions,
  debianRegistryIsNeeded,
  findDebianRegistry,
  startDebianRegistry,
} from "../support/registry/debian-registry.ts";
import { helmLogin, helmPush } from "../support/registry/helm-push.ts";
import { mediaTypes } from "../support/registry/media-types.ts";
import { signedChart } from "../support/signed-chart.ts";

const helms = await availableHelms();
const installed = (await findDebianRegistry()) !== undefined;
const auth = { user: "ada", password: "l0ve:lace" };
const accept = { accept: mediaTypes.manifest };

describe.skipIf(installed && helms.length > 0)("the real docker-registry", () => {
  const needed = installed ? helmIsNeeded : debianRegistryIsNeeded;
  test(needed, (context) => context.skip(needed));
});

describe.skipIf(!installed).each(helms)("the real docker-registry, with $name", (helm) => {
  let registry: DebianRegistry;
  const manifests = "/v2/charts/sealed/manifests";

  beforeAll(async () => {
    registry = await startDebianRegistry({ auth });
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });

  test("takes a push from whoever has logged in, and gives it back after a restart", async () => {
    const chart = await signedChart("sealed", "1.0.0+build.4");
    await using home = await helmHome(helm);
    await expect(helmPush(home, `${registry.host}/charts`, chart)).rejects.toThrow(/401|credential/);
    await helmLogin(home, registry.host, auth);
    await helmPush(home, `${registry.host}/charts`, chart);
    await registry.stop();
    await expect(registry.fetch("/v2/")).rejects.toThrow("fetch failed");
    await registry.restart();
    await using other = await helmHome(helm);
    await helmLogin(other, registry.host, auth);
    const reference = `oci://${registry.host}/charts/sealed`;
    await other.succeed("pull", reference, "--version", "1.0.0+build.4", "--prov", "--plain-http");
    expect(new Uint8Array(await readFile(other.file(chart.file)))).toEqual(chart.archive);
    expect(await readFile(other.file(`${chart.file}.prov`), "utf8")).toBe(chart.provenance);
  });

  /** What the mirror has to get along with; another release of Distribution may fail here and be right. */
  test("ignores `n`, has no referrers, and deletes by digest alone", async () => {
    await using home = await helmHome(helm);
    await helmLogin(home, registry.host, auth);
    const digests: string[] = [];
    for (const version of ["1.0.0", "2.0.0"]) {
      const pushed = await helmPush(home, `${registry.host}/charts`, await signedChart("sealed", version));
      digests.push(pushed.digest);
    }
    expect(await tagsIn(await registry.fetch("/v2/charts/sealed/tags/list?n=1"))).toHaveLength(3);
    expect((await registry.fetch("/v2/_catalog?n=1001")).status).toBe(400);
    expect((await registry.fetch(`/v2/charts/sealed/referrers/${digests[0]}`)).status).toBe(404);
    expect((await registry.fetch(`${manifests}/2.0.0`)).status).toBe(404);
    expect((await registry.fetch(`${manifests}/2.0.0`, { headers: accept })).status).toBe(200);
    expect((await registry.fetch(`${manifests}/2.0.0`, { method: "DELETE" })).status).toBe(400);
    expect((await registry.fetch(`${manifests}/${digests[1]}`, { method: "DELETE" })).status).toBe(202);
    expect((await registry.fetch(`${manifests}/2.0.0`, { headers: accept })).status).toBe(404);
  });
});

describe.runIf(installed)("the harness of docker-registry", () => {
  test("keeps a storage that was given", async () => {
    const storage = await mkdtemp(join(tmpdir(), "chartkeep-storage-"));
    await startAndUpload({ storage });
    expect(await readdir(storage)).toEqual(["docker"]);
    await rm(storage, { recursive: true, force: true });
  });

  test("says what docker-registry said, where it does not start", async () => {
    await using registry = await startDebianRegistry();
    await registry.stop();
    const other = createServer((_, response) => response.end());
    await new Promise((resolve) =>
      other.listen(Number(new URL(registry.url).port), "127.0.0.1", () => resolve(0)),
    );
    await expect(registry.restart()).rejects.toThrow(/address already in use/);
    await new Promise((resolve) => other.close(resolve));
  });
});

async function startAndUpload(options: DebianRegistryOptions): Promise<void> {
  await using registry = await startDebianRegistry(options);
  const { status } = await registry.fetch("/v2/a/blobs/uploads/", { method: "POST" });
  expect(status).toBe(202);
}
