import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { Figure } from "./support/figures.ts";

const run = promisify(execFile);
/** Where an upload is refused on the smaller plan lies at three times that. */
const largest = 1_000_000;

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string } }[];
  samples: number[];
  /** Microseconds between samples. */
  timeDeltas: number[];
}

/** What `wrangler deploy` would upload, and how long workerd works before the first request. */
export async function bundleFigures(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "chartkeep-bundle-"));
  try {
    await wrangler("deploy", "--dry-run", "--outdir", folder);
    const bytes = gzipSync(await readFile(join(folder, "worker.js"))).byteLength;
    if (bytes > largest) throw new Error(`the bundle has ${bytes} bytes compressed, more than ${largest}`);
    const profile = join(folder, "startup.cpuprofile");
    await wrangler("check", "startup", "--outfile", profile);
    const milliseconds = busyMilliseconds(JSON.parse(await readFile(profile, "utf8")));
    return [
      { what: "bundle, compressed", result: `${Math.round(bytes / 1000)} kB`, reach: "< 1 MB" },
      {
        what: "start-up, as `wrangler check startup` profiles it",
        result: `${milliseconds.toFixed(1)} ms`,
        reach: "–",
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function wrangler(...parameters: string[]): Promise<void> {
  await run("npx", ["wrangler", ...parameters], { env: { ...process.env, WRANGLER_SEND_METRICS: "false" } });
}

function busyMilliseconds({ nodes, samples, timeDeltas }: CpuProfile): number {
  const waiting = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === "(idle)").map(({ id }) => id),
  );
  const busy = samples.map((node, index) => (waiting.has(node) ? 0 : (timeDeltas[index] ?? 0)));
  return busy.reduce((sum, microseconds) => sum + microseconds, 0) / 1000;
}
