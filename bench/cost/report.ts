import { generateRepository } from "../generate/generated-repository.ts";
import {
  headersOf,
  kindNames,
  mirrorPath,
  type RequestKind,
  requestKinds,
  statusOf,
} from "../peers/request-kinds.ts";
import { sampleOf } from "../peers/sample.ts";
import { countReads, etagOf, toldReads } from "../peers/storage-reads.ts";
import { DirectoryUpstream } from "../support/directory-upstream.ts";
import { loadFor } from "../support/load.ts";
import { markdownTable } from "../support/markdown.ts";
import { startBenchMirror } from "../support/mirror.ts";
import { hitShares, monthlyRequests, requestMix } from "./mix.ts";
import { type MixedRequest, monthlyCost } from "./monthly.ts";
import { prices } from "./prices.ts";

const secondsEach = 2;

/** What reading costs a month on the platform, from what each kind of request was measured to take. */
export async function costReport(): Promise<string> {
  const reads = await countReads();
  const cpu = await measureCpu();
  const mix = requestKinds.map((kind): MixedRequest => {
    const { kv = 0, r2 = 0 } = reads.get(kind)?.mirror ?? {};
    const cpuMilliseconds = cpu.get(kind) ?? Number.NaN;
    return { share: requestMix[kind], cpuMilliseconds, kvReads: kv, r2Reads: r2 };
  });
  const taken = requestKinds.map((kind) => [
    kindNames[kind],
    `${Math.round(requestMix[kind] * 100)}%`,
    toldReads(reads.get(kind)?.mirror),
    `${(cpu.get(kind) ?? Number.NaN).toFixed(2)} ms`,
  ]);
  const bills = monthlyRequests.map((requests) => [
    `${(requests / 1e6).toLocaleString("en")} M`,
    ...hitShares.map((hits) => dollars(monthlyCost(requests, mix, hits))),
  ]);
  return [
    "What a request takes, and how many are assumed of each kind:\n",
    markdownTable(["request", "share", "storage reads", "CPU"], taken),
    `US dollars a month on the Workers Paid plan, list prices of ${prices.asOf}, the plan's $${prices.plan} included:\n`,
    markdownTable(["requests a month", ...hitShares.map(toldHits)], bills),
    notes,
  ].join("\n");
}

/** Seconds of workerd's CPU are the only ones that can be measured here. */
const notes = `A request that the platform's cache answers still costs a request, but no CPU and no storage reads. CPU is
that of all of workerd with its embedded stores, an index of 1 MB: the platform counts the Worker's alone. Egress is free.
Not in it: storage, and the write side, whose every check with nothing new writes one status.
`;

async function measureCpu(): Promise<ReadonlyMap<RequestKind, number>> {
  const repository = generateRepository({
    versions: 1000,
    charts: 20,
    entryBytes: 1000,
    archiveBytes: 20_000,
  });
  await using upstream = await DirectoryUpstream.start();
  await upstream.writeArchives(repository);
  await upstream.writeIndex(repository);
  await using mirror = await startBenchMirror(upstream.url, { copy: true });
  await mirror.sync();
  const sample = await sampleOf(repository, repository.charts[0] ?? "");
  const etag = await etagOf(mirror.url + mirrorPath("index", sample));
  const cpu = new Map<RequestKind, number>();
  for (const kind of requestKinds) {
    const options = { seconds: secondsEach, headers: headersOf(kind, etag), status: statusOf(kind) };
    const url = mirror.url + mirrorPath(kind, sample);
    await loadFor(url, { ...options, seconds: 0.5 }); // warm
    const before = mirror.workerd.cpuSeconds();
    const { requests } = await loadFor(url, options);
    cpu.set(kind, ((mirror.workerd.cpuSeconds() - before) * 1000) / requests);
  }
  return cpu;
}

const toldHits = (hits: number): string =>
  hits === 0 ? "not cached" : `${Math.round(hits * 100)}% from the cache`;

const dollars = (amount: number): string =>
  amount < 100 ? `$${amount.toFixed(2)}` : `$${Math.round(amount).toLocaleString("en")}`;
