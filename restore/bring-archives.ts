import { connections, giveUpAfter, inParallel } from "../src/keeper/in-parallel.ts";
import { bringArchive } from "./bring-archive.ts";
import { isCode, isSystemError } from "./branch-folder.ts";
import type { PlannedArchive } from "./plan.ts";
import { MirrorFailure } from "./retry.ts";
import type { Work } from "./work.ts";

/** The rest was not tried; another run goes on from here. */
export class Stopped extends Error {
  override name = "Stopped";
}

/**
 * Brings all archives, six at a time. One that cannot be had costs that one.
 *
 * @throws {Stopped} where going on is no use: the mirror is gone, or the disk is full
 * @throws the reason of `stop`
 */
export async function bringArchives(
  work: Work,
  archives: readonly PlannedArchive[],
  stop: AbortSignal,
): Promise<void> {
  let failedInRow = 0;
  await inParallel(archives, connections, async (archive) => {
    stop.throwIfAborted();
    try {
      await bringArchive(work, archive);
      failedInRow = 0;
    } catch (error) {
      stop.throwIfAborted();
      failedInRow += takeFailure(work, archive, error);
      if (failedInRow >= giveUpAfter) throw new Stopped("the mirror does not answer any more");
    }
    work.tally.done += 1;
    return "go on";
  });
}

/** @returns 1 where the failure may be one of the whole mirror */
function takeFailure({ tally }: Work, archive: PlannedArchive, error: unknown): number {
  if (!(error instanceof Error)) throw error;
  if (isCode(error, "ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE")) {
    throw new Stopped(`nothing can be written any more: ${error.message}`, { cause: error });
  }
  const isExpected = error instanceof MirrorFailure || isSystemError(error);
  if (!isExpected) throw error; // a bug
  tally.add("failed", archive.title, error.message);
  return error instanceof MirrorFailure && error.passing ? 1 : 0;
}
