import type { HttpSourceConfig } from "../config/config.ts";
import { type Log, messageOf } from "../observability/event.ts";
import { sha256 } from "../storage/archive-store.ts";
import { fileKey } from "../storage/keys.ts";
import type { HttpRepository } from "../upstream/http-repository.ts";
import { BudgetSpent } from "../upstream/upstream-error.ts";
import type { Ledger } from "./ledger.ts";

export interface SmallFiles {
  repository: string;
  ledger: Ledger;
  bucket: Pick<R2Bucket, "put">;
  source: HttpSourceConfig;
  /** URLs of all sources, the preferred one first: its file is not replaced by another source's. */
  order: readonly string[];
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
    if (hasBetter(files, file)) continue;
    try {
      await mirrorFile(files, file);
    } catch (error) {
      complete = false;
      if (error instanceof BudgetSpent) return false;
      files.log({ event: "file-failed", repository: files.repository, file, message: messageOf(error) });
    }
  }
  return complete;
}

/** Some servers answer every path with a page; none of these files is one. */
const isPage = (bytes: Uint8Array): boolean =>
  /^\s*<(!doctype|html)\b/i.test(new TextDecoder().decode(bytes.subarray(0, 256)));

function hasBetter({ ledger, order, source }: SmallFiles, file: string): boolean {
  const [from = ""] = ledger.fact(`file:${file}`)?.split(" ") ?? [];
  return order.includes(from) && order.indexOf(from) < order.indexOf(source.url);
}

async function mirrorFile(files: SmallFiles, file: string): Promise<void> {
  const { ledger, bucket, repository, source, upstream } = files;
  const bytes = await upstream.optionalFile(`${source.url}/${file}`);
  if (bytes === undefined || isPage(bytes)) return;
  const stored = `${source.url} ${await sha256(bytes)}`;
  if (ledger.fact(`file:${file}`) === stored) return;
  await bucket.put(fileKey(repository, file), bytes);
  ledger.remember(`file:${file}`, stored);
}
