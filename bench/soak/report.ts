import { setTimeout as delay } from "node:timers/promises";
import { megabytes, times } from "../support/figures.ts";
import { percentile } from "../support/load.ts";
import { markdownTable } from "../support/markdown.ts";
import { Readers } from "./asked.ts";
import { registryCharts } from "./content.ts";
import { askedAt, type Scene } from "./kinds.ts";
import { Load, type Phase } from "./load.ts";
import { Memory } from "./memory.ts";
import { stir } from "./stir.ts";
import { World } from "./world.ts";

export interface SoakOptions {
  /** It ends with the round in which both are reached. */
  requests: number;
  seconds: number;
}

/** As on the platform: the JavaScript heap ends at 128 MB. Without it workerd lets garbage pile up. */
const heapFlags = "--max-heap-size=128";
const connections = 8;
const warmSeconds = 5;
/** Of each half of a round: nothing new upstream, then much. */
const phaseSeconds = 10;
const settleSeconds = 120;

/**
 * Readers of every kind of path at full speed, while repositories fill, publish, fail and recover. Each answer is
 * checked: bytes by their digest, indexes by their entries, pages by their shape. Readers and Keepers share one thread of one workerd here, which on the platform they do not.
 */
export async function soakReport(options: SoakOptions): Promise<string> {
  if (!(options.seconds >= 0 && options.requests >= 0))
    throw new Error("--requests and --seconds are numbers");
  process.env["MINIFLARE_WORKERD_V8_FLAGS"] = heapFlags;
  await using world = await World.start();
  delete process.env["MINIFLARE_WORKERD_V8_FLAGS"];
  if (!(await world.settled(settleSeconds))) throw new Error("the first fill does not come to an end");
  const scene = await sceneOf(world);
  const load = new Load(new URL(world.mirror.urlOf("")), (turn) => askedAt(scene, turn));
  const reading = load.run(connections);
  await delay(warmSeconds * 1000);
  using memory = new Memory(world.workerd);
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  let [rounds, unsettled] = [0, 0];
  for (; elapsed() < options.seconds || load.requests < options.requests; rounds += 1) {
    load.phase = "rest";
    await delay(phaseSeconds * 1000);
    load.phase = "publishing";
    await stir(world, rounds, phaseSeconds);
    load.phase = "settling";
    if (!(await world.settled(settleSeconds))) unsettled += 1;
  }
  const seconds = elapsed();
  load.stop();
  await reading;
  const { published, listed, problems } = await world.versions();
  return [
    `${load.requests} requests in ${seconds.toFixed(0)} s over ${connections} connections; ${rounds} rounds, of which ${unsettled} were not in step two minutes later`,
    `${published} versions are published in the end, ${listed} listed (each in every repository that lists it); waiting for another try: ${Array.from(problems, ([code, count]) => `${count} × ${code}`).join(", ") || "none"}\n`,
    failuresText(load),
    latencyTable(load),
    "`/healthz` needs no storage: its ratio hints at how much of the others' is waiting for the thread; few samples say little\n",
    memoryText(memory),
    "to reach: no failure in a million requests; p99 while publishing ≤ 1.5× of that at rest; memory flat\n",
  ].join("\n");
}

async function sceneOf(world: World): Promise<Scene> {
  const { mirror, content, truth } = world;
  const { revision } = await mirror.status("steady");
  if (revision === null) throw new Error("steady has not been published");
  const [busy, oci] = [content.busy.charts, [...registryCharts]];
  return {
    readers: new Readers(truth),
    truth,
    known: await world.known(),
    revision,
    charts: { busy, oci, all: [...busy, ...oci] },
  };
}

function failuresText({ failures, told }: Load): string {
  if (failures.size === 0) return "no answer failed, none was wrong\n";
  const lines = [...failures].map(([why, count]) => `${count} × ${why}`);
  return `FAILED:\n${[...lines, "the first ones:", ...told].join("\n")}\n`;
}

function latencyTable({ latencies }: Load): string {
  const of = (phase: Phase, kind?: string): number[] =>
    kind === undefined
      ? [...(latencies.get(phase)?.values() ?? [])].flat()
      : (latencies.get(phase)?.get(kind) ?? []);
  const kinds = [...(latencies.get("rest")?.keys() ?? [])].toSorted();
  const rows = [undefined, ...kinds].map((kind) => {
    const [rest, publishing] = [of("rest", kind), of("publishing", kind)];
    const [p50, p99] = [0.5, 0.99].map((share) => [percentile(rest, share), percentile(publishing, share)]);
    return [
      kind ?? "**all**",
      String(rest.length + publishing.length),
      told(p50),
      told(p99),
      times((p99?.[1] ?? Number.NaN) / (p99?.[0] ?? Number.NaN)),
    ];
  });
  return markdownTable(
    ["request", "measured", "p50 at rest, publishing", "p99 at rest, publishing", "p99 ratio"],
    rows,
  );
}

const told = (pair: readonly number[] | undefined): string =>
  `${(pair ?? []).map((milliseconds) => milliseconds.toFixed(1)).join(", ")} ms`;

function memoryText({ figures: { first, last, most, course } }: Memory): string {
  return `memory of workerd: ${megabytes(first)} in the first third, ${megabytes(last)} in the last (${times(last / first)}), ${megabytes(most)} at most; each tenth: ${course.map(megabytes).join(", ")}\n`;
}
