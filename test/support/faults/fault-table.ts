import type { FaultRow, Told } from "./fault-row.ts";

/** What docs/reliability.md says of rows that end alike: one line of its table. */
export interface FaultLine {
  /** Names of rows, `; ` between them. */
  faults: string;
  status: string;
  readers: string;
}

/** The lines of the table about these rows, in their order. */
export function faultLines(rows: readonly FaultRow[]): FaultLine[] {
  const alike = Map.groupBy(rows, ({ told }) => `${statusOf(told)}|${readersOf(told)}`);
  return Array.from(alike.values(), (group) => {
    const [{ told } = { told: undefined }] = group;
    if (told === undefined) throw new Error("a group has a row");
    const faults = group.map(({ name }) => name).join("; ");
    return { faults, status: statusOf(told), readers: readersOf(told) };
  });
}

function statusOf(told: Told): string {
  if (told.kind === "outage") return `source failing: ${told.code}`;
  return told.kind === "taken" ? "source ok" : `problem of the version: ${told.code}`;
}

function readersOf(told: Told): string {
  if (told.kind === "taken") return told.means;
  if (told.kind === "outage" || told.lists === 0) return "the last good bytes";
  return "all else that is listed";
}
