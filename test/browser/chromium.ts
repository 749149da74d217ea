import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordingProxy, startRecordingProxy } from "./recording-proxy.ts";

/** Said where a suite is skipped because `findChromium` finds none. */
export const chromiumIsNeeded =
  "needs Chromium: install Debian's package, or set CHARTKEEP_CHROMIUM to the program";

const usualPlace = "/usr/bin/chromium";

/** The program to use. What CHARTKEEP_CHROMIUM names is not looked for: a typo there fails the suite. */
export function findChromium(): string | undefined {
  const chosen = process.env["CHARTKEEP_CHROMIUM"] ?? "";
  if (chosen !== "") return chosen;
  return existsSync(usualPlace) ? usualPlace : undefined;
}

export interface Visit {
  /** The document as it is once loaded, written out again: what is text stands there escaped. */
  dom: string;
  /** What the page made the browser say: errors, and whatever the policy forbade. */
  console: string[];
  /** Every address that the page made the browser ask for, itself the first. */
  requested: string[];
}

/** Opens an address of this machine in a new, empty browser. @throws {Error} when the browser fails, or hangs */
export async function visit(chromium: string, url: string): Promise<Visit> {
  const profile = await mkdtemp(join(tmpdir(), "chartkeep-browser-"));
  try {
    await using proxy = await startRecordingProxy();
    const { stdout, stderr } = await run(chromium, [...flags(profile, proxy), url]);
    const said = stderr.matchAll(/:CONSOLE[:(]\d+\)?\] (.*)$/gm);
    return {
      dom: stdout,
      console: Array.from(said, ([, message = ""]) => message),
      requested: proxy.requested.filter((address) => !ownRequest.test(address)),
    };
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What Chromium asks its maker for whatever the page, in spite of the flags; the proxy lets none of it out. */
const ownRequest = /^[a-z]+:\/\/([a-z0-9-]+\.)*(google|googleapis|gvt1)\.com[:/]/;

const flags = (profile: string, proxy: RecordingProxy): string[] => [
  "--headless",
  "--no-sandbox", // root has none, nor have most containers; every page here is our own
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--user-data-dir=${profile}`,
  `--proxy-server=${proxy.address}`,
  "--proxy-bypass-list=<-loopback>", // by default it would not ask a proxy for this machine
  "--enable-logging=stderr",
  "--dump-dom",
];

async function run(program: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const options = { timeout: 20_000, killSignal: "SIGKILL", maxBuffer: 16 * 1024 * 1024 } as const;
  return await new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(error);
    });
  });
}
