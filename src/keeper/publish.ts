import type { ListedLine } from "./listing-table.ts";
import {
  chartClosing,
  chartOpening,
  chartSeparator,
  type ChartLines,
  type ChartRange,
  indexClosing,
  indexOpening,
  layoutIndex,
  lineSeparator,
} from "../helm/index-layout.ts";
import type { Log } from "../observability/event.ts";
import type { ChartContents, Contents } from "../storage/contents.ts";
import type { Head } from "../storage/head.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";

/** Part of every revision's digest: a change of the index's layout makes new revisions. */
const layoutVersion = "1";
/** Lines fetched from the ledger and written at once: of up to 256 kB each, so not many. */
const page = 64;

export interface Publishing {
  repository: string;
  ledger: Ledger;
  store: RevisionStore;
  now: () => number;
  log: Log;
}

/**
 * Publishes what the ledger lists, if that is not what is published already: the revision's documents first,
 * the head last. The archives that it lists were stored before the ledger listed them.
 *
 * @returns whether the head moved
 */
export async function publish(publishing: Publishing): Promise<boolean> {
  const { ledger, store, now, log, repository } = publishing;
  if (ledger.fact("unlisted-changes") === undefined) return false;
  const charts = ledger.listing.charts();
  const revision = await revisionOf(charts, ledger.listing.hashes());
  const current = await store.head();
  if (current?.head.revision === revision) {
    remember(ledger, current.head, now());
    return false;
  }
  if (current !== undefined && current.head.revision !== publishedRevision(ledger)) return lostRace(ledger);
  ledger.revisions.begun(revision, now());
  const head = await writeRevision(publishing, revision, charts);
  if (!(await store.moveHead(head, current?.etag))) return lostRace(ledger);
  log({ event: "published", repository, revision, charts: head.charts, versions: head.versions });
  remember(ledger, head, now());
  return true;
}

function publishedRevision(ledger: Ledger): string | undefined {
  const published = ledger.fact("published");
  if (published === undefined) return undefined;
  const head: Head = JSON.parse(published);
  return head.revision;
}

/** Another Keeper published: what it listed is adopted before anything is published over it. */
function lostRace(ledger: Ledger): false {
  ledger.remember("published", undefined);
  return false;
}

function remember(ledger: Ledger, head: Head, now: number): void {
  ledger.transaction(() => {
    const interim = (ledger.releases.nextDue(now) ?? Number.POSITIVE_INFINITY) <= now; // more is on its way
    ledger.revisions.published(head.revision, now, interim);
    ledger.remember("published", JSON.stringify(head));
    ledger.remember("unlisted-changes", undefined);
    ledger.remember("kv-due", now);
  });
}

/** Equal listings have equal revisions, on every mirror. 32 hexadecimal digits. */
export async function revisionOf(
  charts: readonly ChartLines[],
  lineHashes: readonly ArrayBuffer[],
): Promise<string> {
  const hashes = new Blob([layoutVersion, JSON.stringify(charts), ...lineHashes]);
  const digest = await crypto.subtle.digest("SHA-256", await hashes.arrayBuffer());
  return new Uint8Array(digest, 0, 16).toHex();
}

async function writeRevision(
  { ledger, store, now }: Publishing,
  revision: string,
  charts: readonly ChartLines[],
): Promise<Head> {
  const { bytes, ranges } = layoutIndex(charts);
  const plain = new FixedLengthStream(bytes);
  const compressor = new CompressionStream("gzip");
  const writers = [plain.writable.getWriter(), compressor.writable.getWriter()];
  const stored = store.putIndex(revision, plain.readable).catch(async (error: unknown) => {
    await Promise.allSettled(writers.map((writer) => writer.abort(error))); // or the writing would wait for ever
    throw error;
  });
  const [contents, gzip] = await Promise.all([
    writeIndex(ledger, ranges, writers),
    new Response(compressor.readable).blob(),
    stored,
  ]);
  await store.putCompressedIndex(revision, gzip);
  await store.putContents(revision, contents);
  return {
    revision,
    publishedAt: new Date(now()).toISOString(),
    bytes,
    gzipBytes: gzip.size,
    latestBytes: 0,
    latestGzipBytes: 0,
    charts: charts.length,
    versions: charts.reduce((sum, chart) => sum + chart.versions, 0),
  };
}

async function writeIndex(
  ledger: Ledger,
  ranges: readonly ChartRange[],
  writers: readonly WritableStreamDefaultWriter<Uint8Array>[],
): Promise<Contents> {
  const write = async (parts: readonly (string | ArrayBuffer)[]): Promise<void> => {
    const chunk = new Uint8Array(await new Blob([...parts]).arrayBuffer());
    await Promise.all(writers.map((writer) => writer.write(chunk)));
  };
  const charts: Record<string, ChartContents> = Object.create(null);
  await write([indexOpening]);
  for (const [index, { chart, offset, length }] of ranges.entries()) {
    let lines = ledger.listing.lines(chart, undefined, page);
    const newest = lines[0];
    if (newest === undefined) continue;
    const place: ChartContents = {
      offset,
      length,
      etag: "0",
      registry: { offset: 0, length: 0 },
      versions: 0,
      newest: newest.version,
      ...describe(newest),
    };
    charts[chart] = place;
    let before = (index > 0 ? chartSeparator : "") + chartOpening(chart);
    while (lines.length > 0) {
      await write(lines.flatMap(({ line }, at) => [at === 0 ? before : lineSeparator, line]));
      place.versions += lines.length;
      before = lineSeparator;
      lines = ledger.listing.lines(chart, lines.at(-1)?.sort_key, page);
    }
    await write([chartClosing]);
  }
  await write([indexClosing]);
  await Promise.all(writers.map((writer) => writer.close()));
  return { charts };
}

/** For pages: what the chart says of itself. */
function describe({ line }: ListedLine): { description?: string } {
  const entry: unknown = JSON.parse(new TextDecoder().decode(line));
  if (typeof entry !== "object" || entry === null || !("description" in entry)) return {};
  return { description: String(entry.description).slice(0, 300) };
}
