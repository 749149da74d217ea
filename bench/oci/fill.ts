import { RegistryContent } from "../../test/support/registry/content.ts";
import {
  debianRegistryIsNeeded,
  findDebianRegistry,
  startDebianRegistry,
} from "../../test/support/registry/debian-registry.ts";
import { pushContent } from "../../test/support/registry/plain-push.ts";
import { startRegistry } from "../../test/support/registry/registry.ts";
import { slow } from "../../test/support/upstream/faults.ts";
import { publishCharts } from "../generate/registry-charts.ts";
import type { Figure } from "../support/figures.ts";
import { whereKept } from "../support/memory-folder.ts";
import { type ThreeWays, measureThreeWays, toldThreeWays } from "../support/three-ways.ts";
import { startRegistryMirror } from "./mirror.ts";

const [charts, versions] = [20, 50];
const path = "charts";

async function generate(content: RegistryContent): Promise<string[]> {
  return await publishCharts(content, { path, charts, versions, archiveBytes: 20_000 });
}

async function measureFill(host: string, content: RegistryContent, names: string[]): Promise<ThreeWays> {
  const start = () => startRegistryMirror(`${host}/${path}`, names, { copy: true });
  const urls = content.names.flatMap((name) => urlsOf(`http://${host}/v2/${name}`, content, name));
  return await measureThreeWays({ start, urls, missing: 0, versions: charts * versions });
}

/** Of every version the manifest by its tag, the config and the archive: what a fill cannot do without. */
function urlsOf(url: string, content: RegistryContent, name: string): string[] {
  const repository = content.ensure(name);
  return [...repository.tags.keys()].flatMap((tag) => {
    const { config, layers = [] } = repository.manifest(tag)?.fields ?? {};
    const blobs = [config, ...layers].flatMap((blob) => blob?.digest ?? []);
    return [`${url}/manifests/${tag}`, ...blobs.map((digest) => `${url}/blobs/${digest}`)];
  });
}

/** Debian's registry, which has no tokens, no redirects and no referrers API. */
async function measureRealRegistry(): Promise<ThreeWays> {
  const content = new RegistryContent();
  const names = await generate(content);
  await using registry = await startDebianRegistry();
  await Promise.all(Array.from(content.names, (name) => pushContent(registry, name, content.ensure(name))));
  return await measureFill(registry.host, content, names);
}

/** It shares this process, which does nothing else meanwhile. */
async function measureStandIn(delay: number): Promise<ThreeWays> {
  await using registry = await startRegistry({ referrers: "off" });
  const names = await generate(registry.content);
  if (delay > 0) registry.fault(/^/, slow(delay));
  return await measureFill(registry.host, registry.content, names);
}

export async function registryFillFigures(): Promise<Figure[]> {
  const isReal = (await findDebianRegistry()) !== undefined;
  const which = isReal ? "docker-registry" : `a stand-in (a real one ${debianRegistryIsNeeded})`;
  return [
    {
      what: `first fill of ${charts * versions} chart versions, archives of 20 kB, from ${which} on loopback, ${whereKept}`,
      result: toldThreeWays(await (isReal ? measureRealRegistry() : measureStandIn(0))),
      reach: "≤ 2× fetching alone",
    },
    {
      what: "the same from a stand-in that takes 10 ms to answer",
      result: toldThreeWays(await measureStandIn(10)),
      reach: "≤ 2× fetching alone",
    },
  ];
}
