import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { type Helm, type HelmHome, helmHome } from "../../test/support/helm.ts";
import { ByteCounter } from "../support/byte-counter.ts";
import { median } from "../support/figures.ts";
import { peakMemory } from "../support/peak-memory.ts";
import type { CommandFigures } from "./helm-rounds.ts";
import type { OciChart } from "./registry.ts";

/** `helm pull oci://…` of a chart in each registry in turn, by name of the registry. */
export async function measureOciPulls(
  helm: Helm,
  charts: ReadonlyMap<string, OciChart>,
  rounds: number,
): Promise<ReadonlyMap<string, CommandFigures>> {
  await using home = await helmHome(helm);
  const times = new Map<string, number[]>([...charts.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, chart] of charts) {
      const begin = performance.now();
      await pull(home, chart, chart.host);
      times.get(name)?.push((performance.now() - begin) / 1000);
    }
  }
  const figures = new Map<string, CommandFigures>();
  for (const [name, chart] of charts) {
    await using counter = await ByteCounter.start(new URL(`http://${chart.host}`));
    const memory = await peakMemory(() => pull(home, chart, counter.host));
    figures.set(name, { seconds: median(times.get(name) ?? []), bytes: counter.received, memory });
  }
  return figures;
}

async function pull(home: HelmHome, { path, version }: OciChart, host: string): Promise<void> {
  await rm(home.file(".helm/cache/content"), { recursive: true, force: true });
  await rm(home.file(`${basename(path)}-${version}.tgz`), { force: true });
  await home.succeed("pull", `oci://${host}/${path}`, "--version", version, "--plain-http");
}
