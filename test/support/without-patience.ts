import { vi } from "vitest";

/**
 * No store hangs here, so nobody needs the timer that is set for each read of one: the tests' own context never
 * ends, allows ten thousand of them, and takes a millisecond for each that is over.
 */
export function withoutPatience(): void {
  vi.stubGlobal("scheduler", { wait: () => new Promise(() => undefined) });
}
