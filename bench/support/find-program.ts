import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Where Debian puts servers, which the PATH of most users leaves out. */
const sbin = "/usr/sbin";

/** Path of a program on the PATH or in sbin, where it is installed. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter), sbin]) {
    const program = join(folder, name);
    if (folder !== "" && (await isExecutable(program))) return program;
  }
  return undefined;
}

export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
