import type { RepositoryStatus } from "../../../src/storage/status.ts";

/** What the status must say while a fault lasts, and so what it costs. */
export type Told =
  /** The source is failing: readers keep what they have. */
  | { kind: "outage"; code: string; message: RegExp }
  /** The source is well, and one chart version costs itself; so many others that are new are listed. */
  | { kind: "version"; code: string; message: RegExp; lists: number }
  /** No fault to the mirror: what must be true instead, in words for docs/reliability.md. */
  | { kind: "taken"; means: string; holds: Holds; checks: number };

/** @param before as it was before the fault; one version more is published meanwhile */
export type Holds = (now: RepositoryStatus, before: RepositoryStatus) => boolean;

/** One way to break what a mirror depends on. */
export interface FaultRow {
  /** As docs/reliability.md has it. */
  name: string;
  told: Told;
  /** CI alone has the time: a sibling of it runs always. */
  thorough?: true;
}

/** As many of them as there is time for. */
export const inTime = <Row extends FaultRow>(rows: readonly Row[], isThorough: boolean): Row[] =>
  rows.filter((row) => isThorough || row.thorough === undefined);

export const thorough = <Row extends FaultRow>(row: Row): Row => ({ ...row, thorough: true });

/** Rows that are much the same: the first of them always, the others where there is time. */
export const alike = <Row extends FaultRow>(rows: readonly Row[]): Row[] =>
  rows.map((row, place) => (place === 0 ? row : thorough(row)));

export const outage = (code: string, message: RegExp): Told => ({ kind: "outage", code, message });

/** @param lists how many more versions are listed meanwhile: none, if it is not said */
export const version = (code: string, message: RegExp, lists = 0): Told => ({
  kind: "version",
  code,
  message,
  lists,
});

/** @param checks how many checks must have seen it */
export const taken = (means: string, holds: Holds, checks = 1): Told => ({
  kind: "taken",
  means,
  holds,
  checks,
});

/** The source is well, and so many versions more are listed than before. */
export const lists =
  (more: 0 | 1): Holds =>
  ({ sources, versions }, before) =>
    sources[0]?.state === "ok" && versions.listed === before.versions.listed + more;

/** What was told of the fault, where anything was; `undefined` until then. */
export function complaint(
  { sources: [source], problems }: RepositoryStatus,
  kind: Exclude<Told["kind"], "taken">,
): { code: string; message: string } | undefined {
  if (kind === "outage") return source?.state === "failing" ? (source.error ?? undefined) : undefined;
  return problems.find(({ code }) => code !== "re-released");
}
