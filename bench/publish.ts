import { type Figure, median, megabytes, seconds } from "./support/figures.ts";
import { type BenchMirror, startBenchMirror } from "./support/mirror.ts";

const rounds = 3;
const nowhere = "http://127.0.0.1:9";

/** CPU of workerd, its R2 included, for publishing a ledger of so many listed versions of 2 kB. */
export async function measurePublishing(versions: number): Promise<{ cpu: number; growth: number }> {
  await using mirror = await startBenchMirror(nowhere, { copy: false });
  await act(mirror, `fill?versions=${versions}`);
  const idle = mirror.workerd.residentBytes();
  const runs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = mirror.workerd.cpuSeconds();
    await act(mirror, "publish");
    runs.push(mirror.workerd.cpuSeconds() - before);
    await act(mirror, "fill?versions=1"); // another listing, so another revision
  }
  return { cpu: median(runs), growth: mirror.workerd.peakBytes() - idle };
}

async function act(mirror: BenchMirror, action: string): Promise<void> {
  const answer = await fetch(`${mirror.url}/-bench/keeper/publishing/${action}`);
  const text = await answer.text();
  if (!answer.ok || text.includes("false")) throw new Error(`${action}: ${answer.status} ${text}`);
}

export async function publishFigures(): Promise<Figure[]> {
  const { cpu, growth } = await measurePublishing(10_000);
  return [
    {
      what: "publishing 10,000 versions, 20 MB: CPU (memory, with the embedded R2's own buffers)",
      result: `${seconds(cpu)} (${megabytes(growth)})`,
      reach: "≤ 1 s",
    },
  ];
}
