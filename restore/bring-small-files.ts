import { readSmallFile } from "../src/config/small-file.ts";
import { putBytes } from "./put-file.ts";
import { MirrorFailure } from "./retry.ts";
import type { Work } from "./work.ts";

const bounds = { maxBytes: 8 * 1024 * 1024, seconds: 60 };

/** Brings the small files that the mirror has stored, as they are. */
export async function bringSmallFiles(work: Work, files: readonly string[]): Promise<void> {
  for (const file of new Set(files)) {
    // By the rules of the configuration: a mirror that says more could replace an archive with --force.
    const read = readSmallFile(file);
    if ("problem" in read) work.tally.add("refused", JSON.stringify(file), "no name of a small file");
    else await bringSmallFile(work, file);
  }
}

async function bringSmallFile(work: Work, file: string): Promise<void> {
  try {
    const answer = await work.mirror.bytes(`/${encodeURIComponent(file)}`, bounds);
    if (!answer.found) work.tally.add("missing", file, "the mirror says that it has it, and does not");
    else if (await putBytes(work, answer.value, file)) work.tally.files.push(file);
  } catch (error) {
    if (!(error instanceof MirrorFailure)) throw error;
    work.tally.add("failed", file, error.message);
  }
}

/**
 * Without this file GitHub Pages runs Jekyll over the branch, which leaves out what begins with `_`, and takes
 * its time over thousands of archives. A branch that configures Jekyll wants it.
 *
 * @returns whether the file is there
 */
export async function switchJekyllOff(work: Work): Promise<boolean> {
  if (await work.folder.has("_config.yml")) return false;
  if (await work.folder.has(".nojekyll")) return true;
  return await putBytes(work, new Uint8Array(), ".nojekyll");
}
