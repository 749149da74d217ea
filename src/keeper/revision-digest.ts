import type { KeptManifest } from "../storage/registry-lines.ts";
import type { LineSize, Listing } from "./listing-table.ts";

/** Part of every revision's digest: a change of the index's layout makes new revisions. */
const layoutVersion = "2";
/** Bytes handed to the digest at once. */
const batchBytes = 64 * 1024;

export interface ListedContents {
  listing: Pick<Listing, "hashes">;
  /** Of all listed lines, in the order of the index. */
  sizes: readonly LineSize[];
  /** What is kept beside a chart's versions. */
  kept: (chart: string) => KeptManifest[];
}

/**
 * Equal listings have equal revisions, on every mirror: a digest over charts, versions and lines, and over what
 * registry clients see of them. 32 hexadecimal digits. Never more than one chart of it is in memory.
 */
export async function revisionOf({ listing, sizes, kept }: ListedContents): Promise<string> {
  const digest = new BatchedDigest();
  const charts = new Set(sizes.map(({ chart }) => chart));
  await digest.add(layoutVersion, JSON.stringify(sizes.map(({ chart, version }) => [chart, version])));
  for (const chart of charts) await digest.add(...listing.hashes(chart));
  let separator = "[";
  for (const chart of charts) {
    const manifests = kept(chart);
    if (manifests.length === 0) continue;
    await digest.add(separator, JSON.stringify([chart, manifests]));
    separator = ",";
  }
  await digest.add(separator === "[" ? "[]" : "]");
  return new Uint8Array(await digest.end(), 0, 16).toHex();
}

class BatchedDigest {
  readonly #stream = new crypto.DigestStream("SHA-256");
  readonly #writer = this.#stream.getWriter();
  #parts: (ArrayBuffer | string)[] = [];
  #size = 0;

  async add(...parts: (ArrayBuffer | string)[]): Promise<void> {
    for (const part of parts) {
      this.#parts.push(part);
      this.#size += typeof part === "string" ? part.length : part.byteLength;
    }
    if (this.#size >= batchBytes) await this.#flush();
  }

  async end(): Promise<ArrayBuffer> {
    await this.#flush();
    await this.#writer.close();
    return await this.#stream.digest;
  }

  async #flush(): Promise<void> {
    await this.#writer.write(await new Blob(this.#parts).arrayBuffer());
    this.#parts = [];
    this.#size = 0;
  }
}
