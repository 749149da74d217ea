import { chartClosing, chartOpening, indexClosing, indexOpening } from "../helm/index-layout.ts";
import type { ChartContents, Contents } from "../storage/contents.ts";
import type { ContentsMemo } from "../storage/contents-memo.ts";
import type { Documents } from "../storage/current-revision.ts";
import type { ByteRange, OpenDocument } from "../storage/documents.ts";
import { revisionKey } from "../storage/keys.ts";
import { newestOfChart } from "./newest-of-chart.ts";
import { newestLines, type WantedLines } from "./newest-lines.ts";
import type { Viewed } from "./viewed.ts";
import { cutOut, cutsWithin, lengthOf } from "./cut-out.ts";

/** Which lines of a view: of all its charts, of some, or of a single one; the latter without its name before them. */
export type Selection =
  | { kind: "all" }
  | { kind: "charts"; names: readonly string[]; contents: Contents }
  | { kind: "lines"; place: ChartContents };

/**
 * Where a selection stands in index.json. Charts have to be given in the order of the index, and without gaps.
 */
export function rangeOf({ bytes }: Viewed["revision"], selection: Selection): ByteRange {
  if (selection.kind === "lines") {
    const { offset, length } = selection.place;
    return { offset, length };
  }
  if (selection.kind === "all") {
    const offset = sizeOf(indexOpening);
    return { offset, length: Math.max(0, bytes - offset - sizeOf(indexClosing)) };
  }
  const { names, contents } = selection;
  const [first = "", last = ""] = [names[0], names.at(-1)];
  const [from, to] = [placeOf(contents, first), placeOf(contents, last)];
  if (from === undefined || to === undefined) return { offset: 0, length: 0 };
  const offset = from.offset - sizeOf(chartOpening(first));
  return { offset, length: to.offset + to.length + sizeOf(chartClosing) - offset };
}

/** Bytes that are left of a part of index.json. */
export const lengthLeft = ({ edits }: Pick<Viewed, "edits">, range: ByteRange): number =>
  range.length - (edits === undefined ? 0 : lengthOf(cutsWithin(edits.cuts, range)));

/**
 * What a view shows of its revision's table of contents.
 *
 * @returns `undefined` where the document is missing
 * @throws StorageUnavailable
 */
export async function contentsOf(
  { contents, documents }: { contents: ContentsMemo; documents: Documents },
  { repository, revision, edits }: Viewed,
): Promise<Contents | undefined> {
  return edits === undefined ? contents.read(documents, repository, revision.revision) : edits.contents;
}

/** A chart's place, for any text: names like `constructor` are nothing special. */
export const placeOf = ({ charts }: Contents, chart: string): ChartContents | undefined =>
  Object.hasOwn(charts, chart) ? charts[chart] : undefined;

/** The names of the charts as the index has them; a parsed object would begin with those that are numbers. */
export const chartsInOrder = ({ charts }: Contents): string[] =>
  Object.entries(charts)
    .toSorted(([, a], [, b]) => a.offset - b.offset)
    .map(([name]) => name);

/**
 * Opens the lines of a selection with one read, at the origin: KV knows no ranges, and has no newest.txt.
 *
 * @returns `undefined` where the revision's document is missing
 * @throws StorageUnavailable
 */
export async function openLines(
  { origin }: Pick<Documents, "origin">,
  viewed: Viewed,
  selection: Selection,
): Promise<OpenDocument | undefined> {
  const { repository, revision, newest, edits } = viewed;
  if (newest !== undefined && selection.kind !== "lines") {
    const document = await origin.open(revisionKey(repository, revision.revision, "newest.txt"));
    return (
      document && { body: document.body.pipeThrough(newestLines(newest, wantedLines(selection, edits))) }
    );
  }
  const range = rangeOf(revision, selection);
  if (range.length === 0) return { body: new Blob([]).stream(), size: 0 };
  const stored = await origin.open(revisionKey(repository, revision.revision, "index.json"), range);
  const document = stored && withoutCuts(stored, viewed, range);
  if (document === undefined || newest === undefined) return document;
  return { body: newestOfChart(document.body, newest) };
}

/**
 * The stored lines of a selection in one piece, with one read.
 *
 * @returns `undefined` where the revision's document is missing
 * @throws StorageUnavailable
 */
export async function readLines(
  { origin }: Pick<Documents, "origin">,
  { repository, revision, edits }: Viewed,
  selection: Selection,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const range = rangeOf(revision, selection);
  if (range.length === 0) return new Uint8Array();
  const bytes = await origin.bytes(revisionKey(repository, revision.revision, "index.json"), range);
  if (bytes === undefined || edits === undefined) return bytes;
  const left = new Blob([bytes]).stream().pipeThrough(cutOut(cutsWithin(edits.cuts, range)));
  return new Uint8Array(await new Response(left).arrayBuffer());
}

/** What was opened of index.json, as a view shows it. @param range which part of it that is */
export function withoutCuts(document: OpenDocument, { edits }: Viewed, range: ByteRange): OpenDocument {
  const cuts = edits === undefined ? [] : cutsWithin(edits.cuts, range);
  return cuts.length === 0 ? document : { body: document.body.pipeThrough(cutOut(cuts)) };
}

function wantedLines(selection: Exclude<Selection, { kind: "lines" }>, edits: Viewed["edits"]): WantedLines {
  const edited = edits === undefined ? {} : { edited: edits.newest };
  return selection.kind === "all" ? edited : { ...edited, charts: new Set(selection.names) };
}

export const sizeOf = (text: string): number => new TextEncoder().encode(text).byteLength;
