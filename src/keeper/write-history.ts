import { type Log, messageOf } from "../observability/event.ts";
import type { History, PastRevision } from "../storage/history.ts";
import { historyKey } from "../storage/keys.ts";
import type { Ledger } from "./ledger.ts";
import type { PublishedRevision } from "./revisions-table.ts";

const retrySeconds = 30;

export interface HistoryParts {
  repository: string;
  ledger: Ledger;
  bucket: Pick<R2Bucket, "put">;
  now: () => number;
  log: Log;
}

/** Says which revisions there are. Nobody waits for it, so a store that refuses is asked again later. */
export async function writeHistory({ repository, ledger, bucket, now, log }: HistoryParts): Promise<void> {
  const due = ledger.fact("history-due");
  if (due === undefined || Number(due) > now()) return;
  const history: History = { revisions: ledger.revisions.history().map(pastRevision) };
  try {
    await bucket.put(historyKey(repository), JSON.stringify(history));
    ledger.remember("history-due", undefined);
  } catch (error) {
    ledger.remember("history-due", now() + retrySeconds * 1000);
    log({ event: "history-failed", repository, message: messageOf(error) });
  }
}

function pastRevision({ head, supersededAt, changes }: PublishedRevision): PastRevision {
  const { revision, publishedAt, bytes, gzipBytes, charts, versions, pinned, withdrawals } = head;
  return {
    revision,
    publishedAt,
    supersededAt: supersededAt === null ? null : new Date(supersededAt).toISOString(),
    bytes,
    gzipBytes,
    charts,
    versions,
    ...(pinned === undefined ? {} : { pinned }),
    ...(withdrawals === undefined ? {} : { withdrawals }),
    ...changes,
  };
}
