import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { readMirrorAddress } from "../../restore/mirror-address.ts";
import { type RestoreOptions, type Restored, restore } from "../../restore/restore.ts";

/** A folder to restore into, and what was said meanwhile. */
export class Restoring implements AsyncDisposable {
  /** For the branch; not made yet. */
  readonly directory: string;
  readonly said: string[] = [];
  /** Milliseconds that were waited for before something was tried again. */
  readonly waits: number[] = [];
  /** Seconds in which the mirror must say something. */
  patience = 30;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.directory = join(folder, "outer/branch");
  }

  static async begin(): Promise<Restoring> {
    return new Restoring(await mkdtemp(join(tmpdir(), "chartkeep-restore-")));
  }

  async run(url: string, options: Partial<RestoreOptions> = {}): Promise<Restored> {
    return await restore(
      {
        address: readMirrorAddress(url),
        directory: this.directory,
        sources: [],
        force: false,
        ...options,
      },
      {
        fetch,
        stop: new AbortController().signal,
        patience: this.patience,
        sleep: async (milliseconds) => this.waits.push(milliseconds),
        show: { say: (line) => this.said.push(line), begin: () => undefined },
      },
    );
  }

  /** Every file in the branch, and whatever was written around it; sorted. */
  async files(): Promise<string[]> {
    const found = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(this.directory, join(entry.parentPath, entry.name)))
      .toSorted();
  }

  async bytes(path: string): Promise<Buffer> {
    return await readFile(join(this.directory, path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
