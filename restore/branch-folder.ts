import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { workFolder } from "./branch-path.ts";
import { CannotRestore } from "./cannot-restore.ts";

/** What stands at a path of the branch. */
export type Standing =
  | { kind: "nothing" }
  | { kind: "file"; sha256: string }
  /** A folder, a link, or a file where a folder should be. */
  | { kind: "other"; what: string };

/** A finished file that is not at its place yet. */
export interface Draft {
  file: string;
  sha256: string;
  bytes: number;
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * The folder in which a branch is made. Files come to their places whole, by renaming, from a folder beside
 * them that is gone in the end. No link is followed: a branch may have some, and they may lead anywhere.
 */
export class BranchFolder implements AsyncDisposable {
  readonly directory: string;
  #drafts = 0;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the folder where it is missing, and forgets what an earlier run has not finished. @throws {CannotRestore} */
  static async open(directory: string): Promise<BranchFolder> {
    try {
      await mkdir(directory, { recursive: true });
      await rm(join(directory, workFolder), { recursive: true, force: true });
      await mkdir(join(directory, workFolder));
    } catch (cause) {
      const why = isCode(cause, "EEXIST", "ENOTDIR") ? "a file stands there" : messageOf(cause);
      throw new CannotRestore(`${directory} cannot be the branch's folder: ${why}`, { cause });
    }
    return new BranchFolder(directory);
  }

  /** @param path relative and safe, as `locate` answers it */
  async standing(path: string): Promise<Standing> {
    const segments = path.split("/");
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const at = segments.slice(0, depth).join("/");
      const about = await lstat(join(this.directory, at)).catch(absent);
      if (about === undefined) return { kind: "nothing" };
      const expected = depth < segments.length ? about.isDirectory() : about.isFile();
      if (!expected) return { kind: "other", what: `${at} is ${kindOf(about)}` };
    }
    return { kind: "file", sha256: await hashOf(join(this.directory, path)) };
  }

  /** Writes a file that has no place yet, hashing it on the way. It is removed where that fails. */
  async draft(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Draft> {
    const file = join(this.directory, workFolder, `${(this.#drafts += 1)}.part`);
    const handle = await open(file, "wx");
    try {
      return { file, ...(await copy(body, handle)) };
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  }

  async discard({ file }: Draft): Promise<void> {
    await rm(file, { force: true });
  }

  /** Gives a draft its place, where `standing` has seen nothing, or a file that may go. */
  async place({ file }: Draft, path: string): Promise<void> {
    const target = join(this.directory, path);
    await mkdir(join(target, ".."), { recursive: true });
    await rename(file, target);
  }

  async has(file: string): Promise<boolean> {
    return (await lstat(join(this.directory, file)).catch(absent)) !== undefined;
  }

  /** Removes what is not finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(join(this.directory, workFolder), { recursive: true, force: true });
  }
}

async function copy(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  handle: FileHandle,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    await handle.writeFile(chunk);
  }
  return { sha256: hash.digest("hex"), bytes };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

function absent(error: unknown): undefined {
  if (!isCode(error, "ENOENT", "ENOTDIR")) throw error;
}

export const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && "code" in error && codes.some((code) => code === error.code);

/** Of the operating system: no space, no permission. */
export const isSystemError = (error: unknown): error is Error => error instanceof Error && "syscall" in error;

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function kindOf(about: { isDirectory(): boolean; isSymbolicLink(): boolean; isFile(): boolean }): string {
  if (about.isSymbolicLink()) return "a link";
  if (about.isDirectory()) return "a folder";
  return about.isFile() ? "a file" : "something else";
}
