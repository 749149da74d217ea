import type { Break } from "../support/broken-store.ts";

/** A way in which KV or R2 fails, seen by the Keeper, or by readers, or by both. */
export interface StorageRow {
  name: string;
  /** Which of them, and how. */
  kv?: Break;
  bucket?: Break;
  /** Whom it happens to. */
  seenBy: "the Keeper" | "readers" | "both";
  /** Where the Keeper says so: in the failure of its unit, or in an event of its log. */
  told:
    | "unit-failed"
    | "kv-behind"
    | "status-failed"
    | "verify-failed"
    | "archive-unread"
    | "collect-failed"
    | "nowhere";
  /** R2 takes no status, so that only the Keeper itself can say how it stands. */
  isStatusRefused?: true;
  /** Comes when a call hangs: the platform ends the unit then. */
  hangs?: Promise<void>;
  /** How long the Keeper waits for each write of KV, in milliseconds. */
  kvPatience?: number;
  /** The index upstream is so large that it is uploaded in parts. */
  isLarge?: true;
  /** Nothing is published until it is mended. */
  isHeldUp?: true;
  /** So long, readers get no more than the last good bytes. */
  readersBehind?: true;
}

/** The problem that the status names: none where nothing is held up. */
export function statusCode({ told }: StorageRow): "unit-failed" | "kv-behind" | undefined {
  return told === "unit-failed" || told === "kv-behind" ? told : undefined;
}

/** What docs/reliability.md says of a row: one line of its table. */
export function storageLine(row: StorageRow): Record<string, string> {
  const code = statusCode(row) ?? "nothing";
  return {
    Storage: row.name,
    "Seen by": row.seenBy,
    "The log says": row.told === "nowhere" ? "nothing" : row.told,
    "The status says": row.isStatusRefused === true ? "what it said last" : code,
    "Readers get": row.readersBehind === true ? "the last good bytes" : "the new version too",
  };
}
