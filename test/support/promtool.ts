import { execFile } from "node:child_process";

/** Said where a suite is skipped because `hasPromtool` is false. */
export const promtoolIsNeeded = "needs promtool, of Debian's package prometheus";

export interface PromtoolResult {
  code: number;
  /** What it said, to both. */
  output: string;
}

export async function hasPromtool(): Promise<boolean> {
  return (await runPromtool(["--version"])).code === 0;
}

/** @param input what it reads from its standard input */
export async function runPromtool(args: readonly string[], input = ""): Promise<PromtoolResult> {
  return await new Promise((resolve) => {
    const child = execFile("promtool", [...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
      resolve({ code, output: stdout + stderr });
    });
    child.stdin?.on("error", () => undefined); // it is not there, or did not want to read
    child.stdin?.end(input);
  });
}
