import { setTimeout as delay } from "node:timers/promises";
import { faultNames, type Release } from "./content.ts";
import type { World } from "./world.ts";

/** Versions that a repository gets at once in each round, as if another one was added. */
const bulk = 40;
const second = 1000;

/**
 * A round of publishing: a release every second, in one repository or the other and so in the one that is merged of
 * them; many at once in a third; and both upstreams break and recover. Ends with everything well upstream.
 *
 * @param round counts from 0; each has other faults
 */
export async function stir(world: World, round: number, seconds: number): Promise<void> {
  const end = performance.now() + seconds * second;
  await world.release(manyAtOnce(round));
  for (let tick = 0; performance.now() < end; tick += 1) {
    const began = performance.now();
    await world.release([tick % 2 === 0 ? nextInBusy(world, round, tick) : world.nextInRegistry()]);
    breakOrRecover(world, round, tick);
    await delay(Math.max(0, Math.min(began + second, end) - performance.now()));
  }
  world.recover();
}

function manyAtOnce(round: number): Release[] {
  return Array.from({ length: bulk }, (_, index) => ({
    where: "filling",
    chart: `bulk-${round % 10}`,
    version: `${round + 1}.${index}.0`,
  }));
}

function nextInBusy({ content }: World, round: number, tick: number): Release {
  const charts = content.busy.charts;
  return { where: "busy", chart: charts[tick % charts.length] ?? "", version: `${100 + round}.${tick}.0` };
}

/** Two seconds of a fault at the pages, one of peace, two of one at the registry, one of peace. */
function breakOrRecover(world: World, round: number, tick: number): void {
  const fault = faultNames[(round * 2 + Math.floor(tick / 3)) % faultNames.length] ?? "unavailable";
  const step = tick % 6;
  if (step === 0) world.fault({ do: "fault", where: "pages", fault });
  else if (step === 3) world.fault({ do: "fault", where: "registry", fault });
  else if (step === 2 || step === 5) world.recover();
}
