import type { Budget, HttpSourceConfig, OciSourceConfig, SourceConfig } from "../../src/config/config.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { FakeRegistry, imageIndex, imageManifest, registryUrl } from "./fake-registry.ts";
import {
  type Harness,
  indexOf,
  repositoryConfig,
  sourceUrl,
  statusOf,
  withKeeper,
} from "./keeper-harness.ts";

export const hour = 3600;
/** Seconds between two checks. */
export const { interval } = repositoryConfig;

export const registrySource = (settings: Partial<OciSourceConfig> = {}): OciSourceConfig => ({
  kind: "oci",
  url: registryUrl,
  charts: ["alpha"],
  plainHttp: false,
  recheck: 24 * hour,
  ...settings,
});

export const repositorySource: HttpSourceConfig = { kind: "http", url: sourceUrl, files: [], rewrites: [] };

/** A Keeper whose sources are a registry and the harness's HTTP repository, in the order that is given. */
export async function withSources(
  sources: SourceConfig[],
  work: (harness: Harness, registry: FakeRegistry) => Promise<void>,
  budget: Budget = repositoryConfig.budget,
): Promise<void> {
  const host = registryUrl.replace("oci:", "https:").replace(/charts$/, "");
  const run = async (harness: Harness): Promise<void> => {
    const registry = new FakeRegistry();
    harness.parts.fetch = async (url, init) =>
      await (url.startsWith(host) ? registry : harness.upstream).fetch(url, init);
    await work(harness, registry);
  };
  await withKeeper(run, { config: { sources, budget } });
}

export async function withRegistry(
  settings: Partial<OciSourceConfig>,
  work: (harness: Harness, registry: FakeRegistry) => Promise<void>,
  budget?: Budget,
): Promise<void> {
  await withSources([registrySource(settings)], work, budget);
}

/** More than any of the tests has use for in a few hours; a loop without end is over soon. */
const mostUnits = 200;

/** Lets time pass, with a unit whenever the alarm rings. @returns how many units there were */
export async function live(harness: Harness, seconds: number): Promise<number> {
  const { ledger, config, now } = harness.parts;
  const end = now() + seconds * 1000;
  for (let units = 0; units < mostUnits; units += 1) {
    const due = nextDue(ledger, config, now());
    if (due > end) {
      harness.wait((end - now()) / 1000);
      return units;
    }
    harness.wait(Math.max((due - now()) / 1000, 0.2)); // a unit takes its time
    await harness.unit();
  }
  throw new Error(`${mostUnits} units, and still something is due`);
}

/** What is published of a chart, newest first. */
export async function listedOf(
  harness: Harness,
  chart: string,
): Promise<{ version: string; digest: string }[]> {
  if (statusOf(harness).revision === null) return [];
  return (await harness.index()).entries[chart] ?? [];
}

export async function versionsOf(harness: Harness, chart: string): Promise<string[]> {
  return (await listedOf(harness, chart)).map(({ version }) => version);
}

/** One version of each. */
export async function pushCharts(registry: FakeRegistry, charts: readonly string[]): Promise<void> {
  for (const chart of charts) await registry.push(chart, "1.0.0", chart);
}

export const chartNames = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `chart-${at}`);

/** Container images for eight platforms each, under tags like those of chart versions. */
export async function pushImages(registry: FakeRegistry, name: string, count: number): Promise<void> {
  const config = await registry.put("application/vnd.oci.image.config.v1+json", "{}");
  for (let minor = 0; minor < count; minor += 1) {
    const manifests: object[] = [];
    for (let platform = 0; platform < 8; platform += 1) {
      const annotations = { image: `${minor} for ${platform}` };
      const image = JSON.stringify({ schemaVersion: 2, config, layers: [], annotations });
      manifests.push(await registry.put(imageManifest, image));
    }
    await registry.putManifest(name, `1.${minor}.0`, { schemaVersion: 2, manifests }, imageIndex);
  }
}

/** The page of a list that is asked for by `path`, with a link to the next one. */
export function listPage(path: string, pages: number, contentOf: (page: number) => object): Response {
  const page = Number(/[?&]page=(\d+)/.exec(path)?.[1] ?? 0);
  const link = `<?page=${page + 1}>; rel="next"`;
  return Response.json(contentOf(page), page + 1 < pages ? { headers: { link } } : {});
}

export const catalogUrl = "https://registry.example.com/v2/_catalog";

/** One version in the HTTP repository. @returns the archive's digest */
export async function publishVersion({ upstream }: Harness, chart: string, content: string): Promise<string> {
  const digest = await upstream.archive(`${chart}-1.0.0.tgz`, content);
  upstream.put("index.yaml", indexOf([{ chart, version: "1.0.0", digest }]));
  return digest;
}
