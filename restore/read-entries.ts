import { type IndexVisitor, readIndex } from "../src/helm/read-index.ts";
import { CannotRestore } from "./cannot-restore.ts";
import type { ListedEntry } from "./plan-local.ts";
import type { Trouble } from "./plan.ts";

const mebibyte = 1024 * 1024;
export const largestIndex = 256 * mebibyte;
const limits = { indexBytes: largestIndex, entryBytes: mebibyte, fallbackBytes: 64 * mebibyte };

export interface ReadEntries {
  entries: ListedEntry[];
  /** Entries that Helm, and so the mirror, cannot use. */
  unusable: Trouble[];
}

/**
 * What an index lists, in its order.
 *
 * @param whose for the message, such as "the mirror's index"
 * @throws {CannotRestore} where it is no index
 */
export async function readEntries(body: AsyncIterable<Uint8Array>, whose: string): Promise<ReadEntries> {
  let read: ReadEntries = { entries: [], unusable: [] };
  const visitor: IndexVisitor = {
    entry(raw) {
      const parsed = raw.parse();
      if (parsed.ok) {
        const { chart, name, version, digest, urls, metadata } = parsed.entry;
        const [url = ""] = urls;
        read.entries.push({
          chart,
          name,
          version,
          url,
          metadata,
          ...(digest === undefined ? {} : { digest }),
        });
      } else {
        const what = `${parsed.chart} ${parsed.version}`.trim();
        read.unusable.push({ kind: "missing", what, why: `its entry cannot be used: ${parsed.message}` });
      }
      return true;
    },
    restart() {
      read = { entries: [], unusable: [] };
    },
  };
  const outcome = await readIndex(body, limits, visitor);
  if (outcome.kind === "unusable") throw new CannotRestore(`${whose} cannot be read: ${outcome.message}`);
  return read;
}
