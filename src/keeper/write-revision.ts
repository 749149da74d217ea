import { type ChartRange, indexClosing, indexOpening } from "../helm/index-layout.ts";
import type { ChartContents } from "../storage/contents.ts";
import type { Head } from "../storage/head.ts";
import type { RevisionDocument } from "../storage/keys.ts";
import type { KeptManifest } from "../storage/registry-lines.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { UnmeasuredUpload } from "../storage/unmeasured-upload.ts";
import { ChartParts, type DocumentParts, emptyParts, type Part } from "./chart-parts.ts";
import type { LineSize, ListedLine, Listing } from "./listing-table.ts";
import { planRevision } from "./plan-revision.ts";
import { CompressedDocument, StreamedDocument } from "./streamed-document.ts";

/** Lines fetched from the ledger and written at once: of up to 256 kB each, so not many. */
const page = 64;

export interface RevisionParts {
  listing: Pick<Listing, "lines">;
  store: RevisionStore;
  revision: string;
  /** Of all listed lines, in the order of the index. */
  sizes: readonly LineSize[];
  /** What is kept beside a chart's versions. */
  kept: (chart: string) => readonly KeptManifest[];
}

/**
 * Writes the documents of a revision, in one pass over the listed lines. None of the large ones is ever in
 * memory whole, but for their compressed forms.
 */
export async function writeRevision(parts: RevisionParts): Promise<Omit<Head, "publishedAt">> {
  const { store, revision, sizes } = parts;
  const plan = planRevision(sizes);
  const streamed = (document: RevisionDocument, bytes: number) =>
    new StreamedDocument(bytes, (body) => store.put(revision, document, body));
  const documents = {
    index: streamed("index.json", plan.index.bytes),
    indexGzip: new CompressedDocument(),
    latest: streamed("latest.json", plan.latestBytes),
    latestGzip: new CompressedDocument(),
    newest: streamed("newest.txt", plan.newestBytes),
    registry: store.upload(revision, "registry.txt"),
  };
  let contents: Record<string, ChartContents>;
  try {
    contents = await writeCharts(parts, plan.index.ranges, documents);
    await Promise.all([documents.index.end(), documents.latest.end(), documents.newest.end()]);
  } catch (error) {
    const { registry, ...open } = documents;
    await Promise.all([registry.discard(), ...Object.values(open).map((document) => document.abort(error))]);
    throw error;
  }
  const [indexGzip, latestGzip] = [await documents.indexGzip.end(), await documents.latestGzip.end()];
  await store.put(revision, "index.json.gz", indexGzip);
  await store.put(revision, "latest.json.gz", latestGzip);
  await documents.registry.finish();
  await store.put(revision, "contents.json", JSON.stringify({ charts: contents }));
  return {
    revision,
    bytes: plan.index.bytes,
    gzipBytes: indexGzip.size,
    latestBytes: plan.latestBytes,
    latestGzipBytes: latestGzip.size,
    charts: plan.index.ranges.length,
    versions: sizes.length,
  };
}

interface Documents extends Record<keyof DocumentParts | "indexGzip" | "latestGzip", Writable> {
  registry: UnmeasuredUpload;
}

interface Writable {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
}

async function writeCharts(
  { listing, kept }: RevisionParts,
  ranges: readonly ChartRange[],
  documents: Documents,
): Promise<Record<string, ChartContents>> {
  const contents: Record<string, ChartContents> = Object.create(null);
  await write(documents, { ...emptyParts(), index: [indexOpening], latest: [indexOpening] });
  for (const [at, range] of ranges.entries()) {
    const { chart } = range;
    const parts = new ChartParts(range, at === 0);
    const offset = documents.registry.length;
    await write(documents, parts.begin());
    let lines: ListedLine[] = [];
    do {
      lines = listing.lines(chart, lines.at(-1)?.sort_key, page);
      await write(documents, parts.take(lines));
    } while (lines.length === page);
    await write(documents, parts.end(kept(chart)));
    contents[chart] = await parts.contents({ offset, length: documents.registry.length - offset });
  }
  await write(documents, { ...emptyParts(), index: [indexClosing], latest: [indexClosing] });
  return contents;
}

async function write(documents: Documents, parts: DocumentParts): Promise<void> {
  const { index, indexGzip, latest, latestGzip, newest, registry } = documents;
  await Promise.all([
    writeTo([index, indexGzip], parts.index),
    writeTo([latest, latestGzip], parts.latest),
    writeTo([newest], parts.newest),
    writeTo([registry], parts.registry),
  ]);
}

async function writeTo(documents: readonly Writable[], parts: readonly Part[]): Promise<void> {
  if (parts.length === 0) return;
  const chunk = new Uint8Array(await new Blob([...parts]).arrayBuffer());
  await Promise.all(documents.map((document) => document.write(chunk)));
}
