import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { availableHelms, type Helm, helmIsNeeded } from "../../test/support/helm.ts";
import { table } from "../support/figures.ts";
import { today, whichProcessors } from "../support/machine.ts";
import { repository } from "../support/mirror.ts";
import { comparisonSvg } from "./comparison-svg.ts";
import { generatorCapacity } from "./generator-capacity.ts";
import { measureOciPulls } from "./helm-oci.ts";
import { type HelmTarget, measureHelm } from "./helm-rounds.ts";
import { type HelmResults, helmTables, size } from "./helm-tables.ts";
import { naiveWithinHeap } from "./naive-within-heap.ts";
import { names } from "./names.ts";
import { isSkipped } from "./peer.ts";
import { reachFigures } from "./reach.ts";
import { startRegistryPeer } from "./registry.ts";
import { type RequestKind, requestKinds } from "./request-kinds.ts";
import { measureRequests, type RequestFigures } from "./request-rounds.ts";
import { serversFor, type Stage } from "./request-servers.ts";
import { requestTable, sizeTable } from "./request-tables.ts";
import { type Scene, setScene } from "./scene.ts";
import { countReads } from "./storage-reads.ts";

/** Some 4 MB of index and some 20 MB. */
const versions = { small: 2000, large: 10_000 };
const helmRounds = { small: 5, large: 3 };
const requestRounds = { rounds: 5, seconds: 0.8 };
const picture = join(import.meta.dirname, "../../docs/comparison.svg");

/** Everybody side by side, on one machine in one run; draws the picture in docs as well. */
export async function peersReport(): Promise<string> {
  const [helm] = await availableHelms();
  if (helm === undefined) return `skipped: ${helmIsNeeded}\n`;
  const reads = await countReads();
  await using stack = new AsyncDisposableStack();
  const small = stack.use(await setScene(versions.small));
  const large = stack.use(await setScene(versions.large));
  const registry = stack.use(await startRegistryPeer());
  const stage: Stage = { small, large, registry };
  progress("the repositories are set up");
  const helmSmall = await helmResults(helm, stage, small, helmRounds.small);
  progress("helm is measured with the small one");
  const helmLarge = await helmResults(helm, stage, large, helmRounds.large);
  progress("helm is measured with the large one");
  const requests = await requestResults(stage);
  const sizes = { small: size(small.indexBytes), large: size(large.indexBytes) };
  const about = `${helm.name}, ${whichProcessors()}, ${today()}`;
  await writeFile(picture, comparisonSvg(helmSmall.http, { index: sizes.small, about }));
  return [
    `### The real Helm, ${sizes.small} of index (${helm.name}; medians of ${helmRounds.small})\n`,
    helmTables(helmSmall),
    `### The same, ${sizes.large} of index (medians of ${helmRounds.large})\n`,
    helmTables(helmLarge),
    await naiveWithinHeap([small, large]),
    `### Requests, ${sizes.small} of index\n`,
    `8 connections, each waiting for its answer; medians of ${requestRounds.rounds} rounds. ${await generatorCapacity(small.nginx)}\n`,
    requestTable(requests, reads),
    `### What does not depend on the repository's size: ${sizes.small} and ${sizes.large} of index\n`,
    sizeTable(requests),
    "### To reach\n",
    table(
      reachFigures(
        new Map([
          [sizes.small, helmSmall.http],
          [sizes.large, helmLarge.http],
        ]),
        requests,
        reads,
      ),
    ),
  ].join("\n");
}

async function helmResults(helm: Helm, stage: Stage, scene: Scene, rounds: number): Promise<HelmResults> {
  const { targets, skipped } = targetsOf(scene);
  const http = await measureHelm(helm, targets, scene.sample, rounds);
  const { chart, version } = scene.sample;
  const { host } = new URL(scene.mirror.url);
  const charts = new Map([["Chartkeep, `oci://`", { host, path: `${repository}/${chart}`, version }]]);
  if ("skipped" in stage.registry) skipped.set(names.registry, stage.registry.skipped);
  else charts.set("docker-registry, `oci://`", stage.registry.chart);
  return { http, oci: await measureOciPulls(helm, charts, rounds), skipped };
}

function targetsOf({ nginx, chartMuseum, naive, mirror, sample }: Scene) {
  const targets: HelmTarget[] = [];
  const skipped = new Map<string, string>();
  for (const [name, peer] of [
    [names.nginx, nginx],
    [names.chartMuseum, chartMuseum],
    [names.naive, naive],
  ] as const) {
    if (isSkipped(peer)) skipped.set(name, peer.skipped);
    else targets.push({ name, url: peer.url });
  }
  targets.push(
    { name: names.full, url: `${mirror.url}/${repository}` },
    { name: names.latest, url: `${mirror.url}/${repository}@latest` },
    { name: names.oneChart, url: `${mirror.url}/${repository}/${sample.chart}` },
  );
  return { targets, skipped };
}

async function requestResults(stage: Stage) {
  const results = new Map<RequestKind, ReadonlyMap<string, RequestFigures>>();
  for (const kind of requestKinds) {
    results.set(kind, await measureRequests(kind, serversFor(kind, stage), requestRounds));
    progress(`requests are measured: ${kind}`);
  }
  return results;
}

const begin = performance.now();

/** It takes minutes, and standard output is for the results. */
function progress(what: string): void {
  process.stderr.write(`${Math.round((performance.now() - begin) / 1000)} s: ${what}\n`);
}
