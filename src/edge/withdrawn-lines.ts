import { chartClosing, chartOpening, chartSeparator, lineSeparator } from "../helm/index-layout.ts";
import { versionRanks } from "../helm/version-ranks.ts";
import { isPrerelease } from "../helm/version.ts";
import type { ChartContents, Contents } from "../storage/contents.ts";
import type { ByteRange } from "../storage/documents.ts";
import { mostNewest } from "../storage/newest.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import { isWithdrawnBy, type Withdrawal } from "../storage/withdrawals.ts";
import { listedIn, withoutComma } from "./find-archive.ts";

/** What a revision lists although it is withdrawn, as what has to be left out of its documents. */
export interface Edits {
  /** A part of entity tags. */
  mark: string;
  /** Of index.json, in its order: without these bytes it is an index again. */
  cuts: readonly ByteRange[];
  /** The table of contents of what is left; offsets and lengths are still those of index.json. */
  contents: Contents;
  /** Charts that lose a line, gone ones too: their lines of newest.txt, as they are now. */
  newest: ReadonlyMap<string, readonly RankedLine[]>;
}

/** A line of newest.txt. */
export interface RankedLine {
  rank: number;
  line: string;
}

/** What is left of a chart. */
export interface EditedChart {
  chart: string;
  /** Its lines, each with a separator. Of no use where nothing is left: then all of the chart is cut out. */
  cuts: ByteRange[];
  left: Pick<ChartContents, "versions" | "newest" | "description">;
  newest: RankedLine[];
}

/**
 * Finds a chart's lines that are withdrawn.
 *
 * @param lines of the chart, as they stand in the index
 * @param entries those that may mean one of them
 * @returns `undefined` where none is
 * @throws StorageUnavailable
 */
export async function editChart(
  { repository, chart }: { repository: string; chart: string },
  { offset, versions }: Pick<ChartContents, "offset" | "versions">,
  lines: AsyncIterable<string>,
  entries: readonly Withdrawal[],
): Promise<EditedChart | undefined> {
  const needles = entries.flatMap(({ digests, version }) => [...digests, JSON.stringify(version)]);
  const ranking = new Ranking();
  const cuts: ByteRange[] = [];
  let first: string | undefined;
  let begin = offset;
  for await (const text of lines) {
    const line = withoutComma(text);
    const length = encoder.encode(line).byteLength;
    const isOut =
      needles.some((needle) => line.includes(needle)) && isWithdrawn(repository, chart, line, entries);
    // With the separator before it; with the one behind it where nothing is left before it.
    if (isOut) cuts.push({ offset: first === undefined ? begin : begin - gap, length: length + gap });
    else {
      first ??= line;
      ranking.take(line);
    }
    begin += length + gap;
  }
  if (cuts.length === 0) return undefined;
  return { chart, cuts, left: describe(versions - cuts.length, first), newest: ranking.ranked };
}

function isWithdrawn(
  repository: string,
  chart: string,
  line: string,
  entries: readonly Withdrawal[],
): boolean {
  const listed = listedIn(line);
  if (listed === undefined) throw new StorageUnavailable("A line of an index cannot be read.");
  return entries.some((entry) => isWithdrawnBy(entry, { repository, chart, ...listed }));
}

/** The lines that newest.txt would have. */
class Ranking {
  readonly ranked: RankedLine[] = [];
  readonly #rankOf = versionRanks();
  #isOver = false;

  take(line: string): void {
    if (this.#isOver) return;
    const version = listedIn(line)?.version;
    if (version === undefined) throw new StorageUnavailable("A line of an index cannot be read.");
    const rank = this.#rankOf(version);
    if (rank !== undefined && rank <= mostNewest) this.ranked.push({ rank, line });
    // Versions descend, so behind the last stable one that counts there is nothing that does.
    this.#isOver = rank !== undefined && rank >= mostNewest && !isPrerelease(version);
  }
}

function describe(versions: number, first: string | undefined): EditedChart["left"] {
  const listed = first === undefined ? undefined : listedIn(first);
  const { version: newest = "", description } = listed ?? {};
  return {
    versions,
    newest,
    ...(description === undefined ? {} : { description: description.slice(0, 300) }),
  };
}

/**
 * Puts together what is left of a revision.
 *
 * @param charts those that lose a line
 * @param number of the withdrawals
 */
export function editsOf({ charts }: Contents, edited: readonly EditedChart[], number: number): Edits {
  const losing = new Map(edited.map((one) => [one.chart, one]));
  const left: Record<string, ChartContents> = Object.create(null);
  const cuts: ByteRange[] = [];
  let isFirst = true;
  const inOrder = Object.entries(charts).toSorted(([, a], [, b]) => a.offset - b.offset);
  for (const [at, [chart, place]] of inOrder.entries()) {
    const edit = losing.get(chart);
    const isLast = at === inOrder.length - 1;
    if (edit?.left.versions === 0) cuts.push(wholeChart(chart, place, { isFirst, isLast }));
    else {
      isFirst = false;
      cuts.push(...(edit?.cuts ?? []));
      const { description: _, ...rest } = place;
      left[chart] = edit === undefined ? place : { ...rest, ...edit.left, etag: `${place.etag}-w${number}` };
    }
  }
  const newest = new Map(edited.map((one) => [one.chart, one.newest]));
  return { mark: `-w${number}`, cuts, contents: { charts: left }, newest };
}

/** With the separator before it; with the one behind it, if any, where nothing is left before it. */
function wholeChart(
  chart: string,
  place: ChartContents,
  { isFirst, isLast }: { isFirst: boolean; isLast: boolean },
): ByteRange {
  const opening = encoder.encode(chartOpening(chart)).byteLength;
  const length = opening + place.length + chartClosing.length;
  const offset = place.offset - opening;
  const separator = chartSeparator.length;
  if (!isFirst) return { offset: offset - separator, length: length + separator };
  return { offset, length: isLast ? length : length + separator };
}

const encoder = new TextEncoder();
const gap = lineSeparator.length;
