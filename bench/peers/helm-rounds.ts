import { type Helm, type HelmHome, helmHome } from "../../test/support/helm.ts";
import { ByteCounter } from "../support/byte-counter.ts";
import { median } from "../support/figures.ts";
import { peakMemory } from "../support/peak-memory.ts";
import {
  type HelmCommand,
  helmCommands,
  prepareCommand,
  requireArchive,
  runCommand,
} from "./helm-commands.ts";
import type { Sample } from "./request-kinds.ts";

/** A repository, as it is added to Helm. */
export interface HelmTarget {
  name: string;
  url: string;
}

export interface CommandFigures {
  /** Median. */
  seconds: number;
  /** That Helm received, heads and all. */
  bytes: number;
  /** Helm's resident memory at its peak. */
  memory: number;
}

export type HelmFigures = ReadonlyMap<HelmCommand, CommandFigures>;

/**
 * Every command with every repository in turn, so many rounds. Times are taken without anything between Helm
 * and the server; bytes and memory in a round of their own.
 */
export async function measureHelm(
  helm: Helm,
  targets: readonly HelmTarget[],
  sample: Sample,
  rounds: number,
): Promise<ReadonlyMap<string, HelmFigures>> {
  await using stack = new AsyncDisposableStack();
  const users: { target: HelmTarget; home: HelmHome; times: Map<HelmCommand, number[]> }[] = [];
  for (const target of targets) {
    const times = new Map<HelmCommand, number[]>(helmCommands.map((command) => [command, []]));
    users.push({ target, home: stack.use(await helmHome(helm)), times });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const command of helmCommands) {
      for (const { target, home, times } of users) {
        await prepareCommand(home, command, target.url, sample);
        const begin = performance.now();
        await runCommand(home, command, target.url, sample);
        times.get(command)?.push((performance.now() - begin) / 1000);
      }
    }
  }
  const figures = new Map<string, HelmFigures>();
  for (const { target, home, times } of users) {
    const weighed = await weigh(home, target.url, sample);
    figures.set(
      target.name,
      new Map(
        weighed.map(([command, cost]) => [command, { ...cost, seconds: median(times.get(command) ?? []) }]),
      ),
    );
  }
  return figures;
}

type Weight = Omit<CommandFigures, "seconds">;

async function weigh(home: HelmHome, url: string, sample: Sample): Promise<[HelmCommand, Weight][]> {
  await using counter = await ByteCounter.start(new URL(url));
  const counted = url.replace(new URL(url).host, counter.host);
  const weights: [HelmCommand, Weight][] = [];
  for (const command of helmCommands) {
    await prepareCommand(home, command, counted, sample);
    counter.received = 0;
    const memory = await peakMemory(() => runCommand(home, command, counted, sample));
    weights.push([command, { bytes: counter.received, memory }]);
    if (command === "pull" || command === "dependency update") await requireArchive(home, command, sample);
  }
  return weights;
}
