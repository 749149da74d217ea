import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GeneratedRepository } from "../generate/generated-repository.ts";

/** A generated repository on disk, served by a process of its own, so that making it costs the measured ones nothing. */
export class DirectoryUpstream implements AsyncDisposable {
  readonly directory: string;
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(directory: string, url: string, child: ChildProcess) {
    this.directory = directory;
    this.url = url;
    this.#child = child;
  }

  /** `delay`: milliseconds before every answer. */
  static async start(delay = 0): Promise<DirectoryUpstream> {
    const directory = await mkdtemp(join(tmpdir(), "chartkeep-bench-"));
    const script = join(import.meta.dirname, "serve-directory.ts");
    const child = spawn(process.execPath, [script, directory, String(delay)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim()));
      child.once("error", reject);
    });
    return new DirectoryUpstream(directory, url, child);
  }

  async writeIndex(repository: GeneratedRepository): Promise<number> {
    const text = await repository.index();
    await writeFile(join(this.directory, "index.yaml"), text);
    return Buffer.byteLength(text);
  }

  async write(file: string, content: string | Uint8Array): Promise<void> {
    await mkdir(join(this.directory, file, ".."), { recursive: true });
    await writeFile(join(this.directory, file), content);
  }

  async writeArchives(repository: GeneratedRepository): Promise<void> {
    for (const file of repository.files) {
      const bytes = await repository.archive(file);
      if (bytes !== undefined) await writeFile(join(this.directory, file), bytes);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}
