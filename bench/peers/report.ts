import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { availableHelms, type Helm, helmIsNeeded } from "../../test/support/helm.ts";
import { table } from "../support/figures.ts";
import { today, whichProcessors } from "../support/machine.ts";
import { comparisonSvg } from "./comparison-svg.ts";
import { generatorCapacity } from "./generator-capacity.ts";
import { type HelmResults, helmResults } from "./helm-results.ts";
import { helmTables, size } from "./helm-tables.ts";
import { naiveWithinHeap } from "./naive-within-heap.ts";
import { reachFigures } from "./reach.ts";
import { startRegistryPeer } from "./registry.ts";
import { type RequestKind, requestKinds } from "./request-kinds.ts";
import { measureRequests, type RequestFigures } from "./request-rounds.ts";
import { serversFor, type Stage } from "./request-servers.ts";
import { type RequestResults, requestTable, sizeTable } from "./request-tables.ts";
import { setScene } from "./scene.ts";
import { countReads, type ReadsByKind } from "./storage-reads.ts";

/** Some 4 MB of index and some 20 MB. */
const versions = { small: 2000, large: 10_000 };
const helmRounds = { small: 5, large: 3 };
const requestRounds = { rounds: 5, seconds: 0.8 };
const picture = join(import.meta.dirname, "../../docs/comparison.svg");

interface Results {
  helm: { small: HelmResults; large: HelmResults };
  requests: RequestResults;
  reads: ReadsByKind;
  /** As text. */
  sizes: { small: string; large: string };
  /** Sentences. */
  capacity: string;
  naive: string;
}

/** Everybody side by side, on one machine in one run; draws the picture in docs as well. */
export async function peersReport(): Promise<string> {
  const [helm] = await availableHelms();
  if (helm === undefined) return `skipped: ${helmIsNeeded}\n`;
  const results = await measureAll(helm);
  const about = `${helm.name}, ${whichProcessors()}, ${today()}`;
  await writeFile(picture, comparisonSvg(results.helm.small.http, { index: results.sizes.small, about }));
  return told(results, helm.name);
}

async function measureAll(helm: Helm): Promise<Results> {
  const reads = await countReads();
  await using stack = new AsyncDisposableStack();
  const small = stack.use(await setScene(versions.small));
  const large = stack.use(await setScene(versions.large));
  const registry = stack.use(await startRegistryPeer());
  progress("the repositories are set up");
  const helmSmall = await helmResults(helm, small, registry, helmRounds.small);
  progress("helm is measured with the small one");
  const helmLarge = await helmResults(helm, large, registry, helmRounds.large);
  progress("helm is measured with the large one");
  return {
    helm: { small: helmSmall, large: helmLarge },
    requests: await requestResults({ small, large, registry }),
    reads,
    sizes: { small: size(small.indexBytes), large: size(large.indexBytes) },
    capacity: await generatorCapacity(small.nginx),
    naive: await naiveWithinHeap([small, large]),
  };
}

async function requestResults(stage: Stage): Promise<RequestResults> {
  const results = new Map<RequestKind, ReadonlyMap<string, RequestFigures>>();
  for (const kind of requestKinds) {
    results.set(kind, await measureRequests(kind, serversFor(kind, stage), requestRounds));
    progress(`requests are measured: ${kind}`);
  }
  return results;
}

function told({ helm, requests, reads, sizes, capacity, naive }: Results, client: string): string {
  const bySize = new Map([
    [sizes.small, helm.small.http],
    [sizes.large, helm.large.http],
  ]);
  return [
    "Everything on loopback, from the same archives of 20 kB. Nobody has a cache before it or keeps answers:",
    "before a Worker the platform's would answer for each of them alike. One chart is 50 versions.\n",
    `### The real Helm, ${sizes.small} of index (${client}, medians of ${helmRounds.small} rounds)\n`,
    helmTables(helm.small),
    `### The same, ${sizes.large} of index (medians of ${helmRounds.large} rounds)\n`,
    helmTables(helm.large),
    `${naive}\n### Requests, ${sizes.small} of index\n`,
    `8 connections, each waiting for its answer; ${requestRounds.rounds} rounds of ${requestRounds.seconds} s in turn, medians.`,
    `${capacity}\n`,
    requestTable(requests, reads),
    `### The same chart among five times as many versions: ${sizes.small} and ${sizes.large} of index\n`,
    sizeTable(requests),
    "### To reach\n",
    table(reachFigures(bySize, requests, reads)),
  ].join("\n");
}

const begin = performance.now();

/** It takes minutes, and standard output is for the results. */
function progress(what: string): void {
  process.stderr.write(`${Math.round((performance.now() - begin) / 1000)} s: ${what}\n`);
}
