import { readFileSync } from "node:fs";

/** Milliseconds. The kernel keeps the peak itself, so only what comes after the last look is missed. */
const interval = 1;

/**
 * Peak of the resident memory of the one program that is started meanwhile, in bytes, as Linux accounts for it.
 * Every look at a process replaces the one before: before a child becomes its program it is a copy of this one.
 *
 * @throws {Error} where no program was started
 */
export async function peakMemory(work: () => Promise<unknown>): Promise<number> {
  const before = new Set(children());
  const peaks = new Map<string, number>();
  const look = (): void => {
    for (const pid of children().filter((child) => !before.has(child))) {
      const bytes = peakOf(pid);
      if (bytes !== undefined) peaks.set(pid, bytes);
    }
  };
  const timer = setInterval(look, interval);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const [peak] = [...peaks.values()].toSorted((a, b) => b - a);
  if (peak === undefined) throw new Error("no program was started, or it ended before it could be looked at");
  return peak;
}

/** Of the main thread, which starts all of Node's children. */
const children = (): string[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean);

/** `undefined` of one that has ended. */
function peakOf(pid: string): number | undefined {
  try {
    const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return line === null ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
}
