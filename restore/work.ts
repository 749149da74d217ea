import type { BranchFolder } from "./branch-folder.ts";
import type { MirrorFiles } from "./mirror-files.ts";
import type { Tally } from "./tally.ts";

/** What every step of a restore works with. */
export interface Work {
  /** Of the repository. */
  mirror: Pick<MirrorFiles, "get" | "bytes">;
  folder: BranchFolder;
  /** Whether files with other bytes may be replaced. */
  force: boolean;
  tally: Tally;
}
