import type { SourceConfig } from "../config/config.ts";
import type { Log } from "../observability/event.ts";
import { sha256 } from "../storage/archive-store.ts";
import { fileKey } from "../storage/keys.ts";
import type { HttpRepository } from "../upstream/http-repository.ts";
import { BudgetSpent } from "../upstream/upstream-error.ts";
import type { Ledger } from "./ledger.ts";

export interface SmallFiles {
  repository: string;
  ledger: Ledger;
  bucket: Pick<R2Bucket, "put">;
  source: SourceConfig;
  /** Files that a source of higher preference has already given. */
  taken: Set<string>;
  upstream: HttpRepository;
  log: Log;
}

/**
 * Mirrors the small files beside an index as they are. One that is missing upstream stays as it was stored.
 *
 * @returns whether all of them were asked for and answered; otherwise they are due again
 */
export async function mirrorSmallFiles(files: SmallFiles): Promise<boolean> {
  let complete = true;
  for (const file of files.source.files) {
    if (files.taken.has(file)) continue;
    try {
      if (await mirrorFile(files, file)) files.taken.add(file);
    } catch (error) {
      complete = false;
      if (error instanceof BudgetSpent) return false;
      const message = error instanceof Error ? error.message : String(error);
      files.log({ event: "file-failed", repository: files.repository, file, message });
    }
  }
  return complete;
}

async function mirrorFile(
  { ledger, bucket, repository, source, upstream }: SmallFiles,
  file: string,
): Promise<boolean> {
  const bytes = await upstream.optionalFile(`${source.url}/${file}`);
  if (bytes === undefined) return false;
  const digest = await sha256(bytes);
  if (ledger.fact(`file:${file}`) !== digest) {
    await bucket.put(fileKey(repository, file), bytes);
    ledger.remember(`file:${file}`, digest);
  }
  return true;
}
