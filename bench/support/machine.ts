import { cpus, release } from "node:os";

/** `2026-11-24` */
export const today = (): string => new Date().toISOString().slice(0, 10);

/** `2 × AMD EPYC` */
export function whichProcessors(): string {
  const { model = "unknown processor" } = cpus()[0] ?? {};
  return `${cpus().length} × ${model}`;
}

/** `2 × AMD EPYC, Linux 6.1, Node v24.0.0` */
export const whichMachine = (): string => `${whichProcessors()}, Linux ${release()}, Node ${process.version}`;
