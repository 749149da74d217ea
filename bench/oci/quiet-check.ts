import type { Registry } from "../../test/support/registry/registry.ts";
import { median } from "../support/figures.ts";
import type { BenchMirror } from "../support/mirror.ts";

const rounds = 3;
/** The kernel counts hundredths of a second, and a check takes not many. */
const checksARound = 10;

/** What a check that finds nothing new costs. */
export interface QuietCheck {
  /** Of the last one: `50 tags`, … */
  requests: string;
  /** What it wrote to R2 and KV. */
  writes: string[];
  /** Seconds of workerd's CPU for one. */
  cpu: number;
}

/**
 * The Keeper remembers no token: the platform has evicted it since the check before.
 * @param aged tags whose turn it is to be looked at again
 */
export async function measureQuietCheck(
  mirror: BenchMirror,
  registry: Registry,
  aged = 0,
): Promise<QuietCheck> {
  const cpus: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let cpu = 0;
    for (let check = 0; check < checksARound; check += 1) {
      await mirror.age(aged);
      await mirror.evict();
      registry.forgetRequests();
      await mirror.operations();
      cpu += (await mirror.sync()).cpu;
    }
    cpus.push(cpu / checksARound);
  }
  const writes = (await mirror.operations()).filter((operation) => !/^(get|head|list) /.test(operation));
  return { requests: counted(registry), writes, cpu: median(cpus) };
}

function counted({ requests }: Registry): string {
  const kinds = Map.groupBy(requests, ({ kind, method, status }) =>
    status === 401 ? "refused for want of a token" : method === "GET" ? kind : `${method} ${kind}`,
  );
  return [...kinds].map(([kind, { length }]) => `${length} ${kind}`).join(", ");
}
