/**
 * What happens on the write side, one JSON object a line in the Worker's log. Text from upstreams stands
 * only inside JSON strings, so it cannot forge a line.
 */
export type KeeperEvent = { repository: string } & (
  | { event: "checked"; source: string; outcome: string; usable?: number; dropped?: number; error?: string }
  | { event: "tags-read"; source: string; read: number; failed: number }
  | { event: "copied"; archives: number; failed: number; bytes: number }
  | { event: "copy-failed"; chart: string; version: string; code: string; message: string }
  | { event: "copying-paused"; seconds: number; code: string; message: string }
  | { event: "provenance-verified"; verified: number; refused: number }
  | { event: "published"; revision: string; charts: number; versions: number }
  | { event: "file-failed"; file: string; message: string }
  | { event: "kv-behind"; message: string }
  | { event: "purge-failed"; message: string }
  | { event: "announce-failed"; message: string }
  | { event: "withdrawals-applied"; number: number; charts: number }
  | { event: "withdrawals-failed"; message: string }
  | { event: "status-failed"; message: string }
  | { event: "history-failed"; message: string }
  | { event: "collect-failed"; message: string }
  | { event: "collected"; revisions: number }
  | ({ event: "notified" } & Telling)
  | ({ event: "notify-failed" | "notice-given-up"; attempt: number; message: string } & Telling)
  | { event: "integrity"; chart: string; version: string; digest: string; message: string }
  | { event: "archive-unread"; chart: string; version: string; digest: string; message: string }
  | { event: "verified"; checked: number; damaged: number; unread: number }
  | { event: "verify-failed"; message: string }
  | { event: "rollback-failed"; revision: string; message: string }
  | { event: "loss-not-told"; message: string }
  | { event: "unit-failed"; attempt: number; message: string }
);

/** What a webhook is told, and under which id. */
interface Telling {
  webhook: string;
  notice: string;
  id: string;
}

/** What becomes of the document of what is withdrawn, which is one for the mirror. */
export type WithdrawalsEvent =
  | { event: "withdrawals-unread"; message: string }
  | { event: "withdrawals-recovered"; number: number; withdrawn: number };

/** What happens at the operator's routes. Neither the token nor what was sent in its place stands in any. */
export type OperatorEvent =
  | { event: "operated"; repository: string; action: string; result: string; message: string }
  | { event: "operator-refused"; code: string; address: string; method: string; path: string }
  | { event: "operation-not-logged"; repository: string; action: string; message: string }
  | { event: "outcome-not-logged"; audit: string; message: string }
  | { event: "operator-failed"; method: string; path: string; message: string }
  | { event: "operator-token-not-valid"; message: string };

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export type Log = (event: KeeperEvent) => void;
