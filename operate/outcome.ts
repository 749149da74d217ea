import type { Status } from "./answers.ts";
import { statusLines, verificationLines } from "./tell.ts";

/** What came of an action once the Keeper had nothing more to do at once. */
export interface Outcome {
  lines: string[];
  /** Whether what was asked for is done. */
  isDone: boolean;
}

/** @param given what the action was given, by name */
export function outcomeOf(
  action: string,
  given: Readonly<Record<string, string>>,
  repository: string,
  status: Status,
): Outcome {
  if (action === "verify") {
    const { verify, integrityFailures } = status;
    const isDone = integrityFailures === 0 && verify?.unread === 0 && verify.endedAt !== null;
    return { lines: verificationLines(status).map((line) => `${repository}: ${line}`), isDone };
  }
  const lines = statusLines(repository, status);
  if (action === "sync") return { lines, isDone: status.sources.every(({ state }) => state !== "failing") };
  if (action === "rollback") return { lines, isDone: status.revision === given["revision"] };
  if (action === "let-go") return { lines, isDone: status.pinned === null };
  return { lines, isDone: true };
}
