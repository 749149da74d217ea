import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Said where a suite is skipped because `hasSkopeo` is false. */
export const skopeoIsNeeded = "needs skopeo, of Debian's package of that name";

export interface SkopeoResult {
  code: number;
  stdout: string;
  stderr: string;
}

export async function hasSkopeo(): Promise<boolean> {
  return (await runSkopeo(["--version"], tmpdir())).code === 0;
}

/** Runs skopeo, trusting everybody; a failure is a result like any other. Nothing of the user's is read. */
export async function runSkopeo(args: readonly string[], home: string): Promise<SkopeoResult> {
  return await new Promise((resolve) => {
    const environment = { HOME: home, PATH: process.env["PATH"] ?? "", XDG_RUNTIME_DIR: home };
    const all = ["--insecure-policy", "--command-timeout", "30s", ...args];
    execFile("skopeo", all, { env: environment, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

export interface TemporaryFolder extends AsyncDisposable {
  path: string;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "chartkeep-skopeo-"));
  return { path, [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }) };
}
