import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { Credentials } from "./options.ts";

/**
 * A line of an htpasswd file with bcrypt, the only hash that Distribution takes. Perl, which every Debian
 * has, reaches it through the C library's crypt(3); the lowest cost will do for a test.
 */
export async function htpasswdLine({ user, password }: Credentials): Promise<string> {
  const salt = `$2y$04$${randomBytes(11).toString("hex")}`;
  const script = "print crypt($ARGV[0], $ARGV[1]) // ''";
  const { stdout } = await promisify(execFile)("perl", ["-e", script, password, salt]);
  if (!stdout.startsWith("$2y$")) throw new Error("This system's crypt(3) knows no bcrypt");
  return `${user}:${stdout}\n`;
}
