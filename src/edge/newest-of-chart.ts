import { lineSeparator } from "../helm/index-layout.ts";
import { isPrerelease } from "../helm/version.ts";
import { versionRanks } from "../helm/version-ranks.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import { versionIn, withoutComma } from "./find-archive.ts";
import { linesOf } from "./lines-of.ts";

/**
 * A chart's lines of the index → those of its newest versions, as newest.txt ranks them. That document has those
 * of all charts; here a few lines are read, and no more.
 *
 * The stream breaks off, and does not end, where the lines do.
 */
export function newestOfChart(lines: ReadableStream<Uint8Array>, count: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const taken = chosen(lines, count);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await taken.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await taken.return();
    },
  });
}

async function* chosen(lines: ReadableStream<Uint8Array>, count: number): AsyncGenerator<string, void> {
  const rankOf = versionRanks();
  let separator = "";
  for await (const line of linesOf(lines)) {
    const version = versionIn(line);
    if (version === undefined) throw new StorageUnavailable("A line of an index cannot be read.");
    const rank = rankOf(version);
    if (rank !== undefined && rank <= count) {
      yield `${separator}${withoutComma(line)}`;
      separator = lineSeparator;
    }
    // Versions descend, so behind the last stable one that counts there is nothing that does.
    if (rank !== undefined && rank >= count && !isPrerelease(version)) return;
  }
}
