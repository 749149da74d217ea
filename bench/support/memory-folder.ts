import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux's file system in memory, unless another folder is named. */
const memory = process.env["CHARTKEEP_BENCH_FOLDER"] ?? "/dev/shm";

export interface MemoryFolder extends AsyncDisposable {
  path: string;
}

/** For the name of a figure. */
export const whereKept = memory === "/dev/shm" && existsSync(memory) ? "kept in memory" : "kept on disk";

/**
 * A folder in memory, where the machine has such. The embedded R2 makes a file of every object and waits for
 * the disk, which takes longer than everything else that a fill does; the platform's R2 has no disk here.
 */
export async function memoryFolder(): Promise<MemoryFolder> {
  const path = await mkdtemp(join(existsSync(memory) ? memory : tmpdir(), "chartkeep-bench-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
