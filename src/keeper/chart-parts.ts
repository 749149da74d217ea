import {
  type ChartRange,
  chartClosing,
  chartOpening,
  chartSeparator,
  lineSeparator,
} from "../helm/index-layout.ts";
import { versionRanks } from "../helm/version-ranks.ts";
import type { ChartContents } from "../storage/contents.ts";
import { mostNewest, rankMark } from "../storage/newest.ts";
import type { KeptManifest } from "../storage/registry-lines.ts";
import type { ListedLine } from "./listing-table.ts";
import { registryText, registryVersion } from "./registry-document.ts";

export type Part = string | ArrayBuffer;

/** What a part of a revision comes to in each of its documents. */
export interface DocumentParts {
  index: Part[];
  latest: Part[];
  newest: Part[];
  registry: Part[];
}

export const emptyParts = (): DocumentParts => ({ index: [], latest: [], newest: [], registry: [] });

/** What one chart comes to in the documents of a revision, given its lines page by page. */
export class ChartParts {
  readonly #range: ChartRange;
  readonly #isFirst: boolean;
  readonly #rankOf = versionRanks();
  readonly #hashes: ArrayBuffer[] = [];
  #newest: ListedLine | undefined;
  #position: number;
  #isLatestBegun = false;

  constructor(range: ChartRange, isFirst: boolean) {
    this.#range = range;
    this.#isFirst = isFirst;
    this.#position = range.offset;
  }

  begin(): DocumentParts {
    const { chart } = this.#range;
    const opening = (this.#isFirst ? "" : chartSeparator) + chartOpening(chart);
    return { ...emptyParts(), index: [opening], latest: [opening], newest: [`0${JSON.stringify(chart)}\n`] };
  }

  take(lines: readonly ListedLine[]): DocumentParts {
    const parts = emptyParts();
    for (const listed of lines) this.#takeLine(listed, parts);
    return parts;
  }

  #takeLine(listed: ListedLine, parts: DocumentParts): void {
    const { line } = listed;
    const rank = this.#rankOf(listed.version);
    if (this.#newest === undefined) this.#newest = listed;
    else parts.index.push(lineSeparator);
    parts.index.push(line);
    if (rank === 1) {
      if (this.#isLatestBegun) parts.latest.push(lineSeparator);
      this.#isLatestBegun = true;
      parts.latest.push(line);
    }
    if (rank !== undefined && rank <= mostNewest) parts.newest.push(rankMark(rank), line, "\n");
    const artifact = registryVersion(listed, this.#position);
    if (artifact !== undefined) parts.registry.push(registryText(artifact));
    this.#position += line.byteLength + lineSeparator.length;
    this.#hashes.push(listed.line_hash);
  }

  end(kept: readonly KeptManifest[]): DocumentParts {
    return {
      ...emptyParts(),
      index: [chartClosing],
      latest: [chartClosing],
      registry: kept.map(registryText),
    };
  }

  /** @param registry where its lines stand in registry.txt */
  async contents(registry: ChartContents["registry"]): Promise<ChartContents> {
    const { offset, length } = this.#range;
    const hashes = await new Blob(this.#hashes).arrayBuffer();
    const digest = await crypto.subtle.digest("SHA-256", hashes);
    return {
      offset,
      length,
      etag: new Uint8Array(digest, 0, 16).toHex(),
      registry,
      versions: this.#hashes.length,
      newest: this.#newest?.version ?? "",
      ...describe(this.#newest),
    };
  }
}

/** For pages: what the chart says of itself. */
function describe(listed: ListedLine | undefined): { description?: string } {
  if (listed === undefined) return {};
  const entry: unknown = JSON.parse(new TextDecoder().decode(listed.line));
  if (typeof entry !== "object" || entry === null || !("description" in entry)) return {};
  return { description: String(entry.description).slice(0, 300) };
}
