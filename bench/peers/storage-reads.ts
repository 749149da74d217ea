import { generateRepository } from "../generate/generated-repository.ts";
import { DirectoryUpstream } from "../support/directory-upstream.ts";
import { ask } from "../support/http-connection.ts";
import { type BenchMirror, startBenchMirror } from "../support/mirror.ts";
import {
  barePath,
  headersOf,
  mirrorPath,
  type RequestKind,
  requestKinds,
  statusOf,
} from "./request-kinds.ts";
import { sampleOf } from "./sample.ts";

/** How often one answer reads each store. */
export interface Reads {
  kv: number;
  r2: number;
}

export type ReadsByKind = ReadonlyMap<RequestKind, { mirror: Reads; bare: Reads }>;

/** What every kind of answer reads, counted at the Worker's bindings; of a small repository, as it is of any. */
export async function countReads(): Promise<ReadsByKind> {
  const repository = generateRepository({ versions: 60, charts: 3 });
  await using upstream = await DirectoryUpstream.start();
  await upstream.writeArchives(repository);
  await upstream.writeIndex(repository);
  await using mirror = await startBenchMirror(upstream.url, { copy: true, counted: true });
  await mirror.sync();
  const sample = await sampleOf(repository, repository.charts[0] ?? "");
  const etag = await etagOf(mirror.url + mirrorPath("index", sample));
  const reads = new Map<RequestKind, { mirror: Reads; bare: Reads }>();
  for (const kind of requestKinds) {
    reads.set(kind, {
      mirror: await readsOf(mirror, kind, mirrorPath(kind, sample), etag),
      bare: await readsOf(mirror, kind, barePath(kind, sample), etag),
    });
  }
  return reads;
}

/** Of an isolate that was asked before: what never changes is in its memory then. */
async function readsOf(mirror: BenchMirror, kind: RequestKind, path: string, etag: string): Promise<Reads> {
  await ask(mirror.url + path, headersOf(kind, etag));
  await takeReads(mirror);
  const { status } = await ask(mirror.url + path, headersOf(kind, etag));
  if (status !== statusOf(kind)) throw new Error(`${path}: ${status}, not ${statusOf(kind)}`);
  return await takeReads(mirror);
}

async function takeReads(mirror: BenchMirror): Promise<Reads> {
  const taken: { kv: string[]; r2: string[] } = await (await fetch(`${mirror.url}/-bench/reads`)).json();
  return { kv: taken.kv.length, r2: taken.r2.length };
}

/** Empty where the server sends none. */
export async function etagOf(url: string): Promise<string> {
  return (await ask(url)).headers.get("etag") ?? "";
}

/** `2 KV, 1 R2`; a dash for servers of which nobody knows. */
export function toldReads(reads: Reads | undefined): string {
  if (reads === undefined) return "–";
  const { kv, r2 } = reads;
  return [kv > 0 ? `${kv} KV` : "", r2 > 0 ? `${r2} R2` : ""].filter(Boolean).join(", ") || "none";
}
