import type { Problem, RepositoryStatus, SourceStatus } from "../src/storage/status.ts";
import { bytesText, counted, grouped } from "./figures.ts";
import { plainText } from "./plain-text.ts";

/**
 * What is to be said of a repository's sources since its status was `before`: once that one is out of reach,
 * and once that it is back. The message of an outage may differ from try to try without any news in it.
 */
export function sourceNews(
  repository: string,
  before: RepositoryStatus | undefined,
  now: RepositoryStatus,
): string[] {
  return now.sources.flatMap((source) => {
    const news = newsOf(
      before?.sources.find(({ url }) => url === source.url),
      source,
    );
    return news === undefined ? [] : [plainText(`${repository}: ${news}`)];
  });
}

function newsOf(before: SourceStatus | undefined, now: SourceStatus): string | undefined {
  if (now.state === "ok" && before?.state === "failing") return `${now.url} is back`;
  if (now.state !== "failing") return undefined;
  if (before?.state === "failing" && before.error?.code === now.error?.code) return undefined;
  const reason = now.error === null ? "" : `: ${outageText(now.error).replaceAll(`${now.url}/`, "")}`;
  return `${now.url} fails${reason}. What is here stays served; trying again`;
}

/** workerd hides why a connection failed behind a reference for Cloudflare's own logs. */
function outageText({ code, message }: { code: string; message: string }): string {
  const told = message.replace(/internal error; reference = \w+/, "no connection").replace(/\.$/, "");
  return told.includes(code) ? told : `${told} (${code})`;
}

/** Each version that cannot be mirrored as it is listed, and why, in a line of its own. */
export function problemLines(repository: string, { problems }: RepositoryStatus): string[] {
  return problems.map((problem) => plainText(`${repository}: ${problemText(problem)}`));
}

function problemText({ chart, version, code, message }: Problem): string {
  return `${[chart, version].filter((name) => name !== "").join(" ")}: ${message} (${code})`;
}

/** How a repository stands, in one line: `4 versions found: 3 listed, 1 pending; 3 archives copied, 1.2 MiB`. */
export function countsLine(status: RepositoryStatus): string {
  const { listed, stored, pending, failed, dropped } = status.versions;
  const shares = [
    `${grouped(listed)} listed`,
    pending > 0 ? `${grouped(pending)} pending` : "",
    failed > 0 ? `${grouped(failed)} failed` : "",
    dropped > 0 ? `${grouped(dropped)} dropped` : "",
  ].filter((share) => share !== "");
  const found = `${counted(foundIn(status), "version")} found: ${shares.join(", ")}`;
  return `${found}; ${counted(stored, "archive")} copied, ${bytesText(status.archiveBytes)}`;
}

/** Versions that the sources have listed, now or before. */
function foundIn({ versions: { stored, pending, failed, dropped } }: RepositoryStatus): number {
  return stored + pending + failed + dropped;
}

/** What a repository is doing, in a word or two. */
export function activityOf(status: RepositoryStatus | undefined): string {
  if (status === undefined || status.sources.every(({ state }) => state === "unknown")) return "first check";
  const failing = status.sources.filter(({ state }) => state === "failing").length;
  const work = status.versions.pending > 0 ? "copying" : "in step";
  if (failing === 0) return work;
  const outage = `${counted(failing, "source")} of ${status.sources.length} failing`;
  return work === "copying" ? `copying, ${outage}` : outage;
}

/** Whether the counts have changed by more than what one archive after another changes. */
export function isWorthALine(before: RepositoryStatus | undefined, now: RepositoryStatus): boolean {
  const { listed, pending, failed, dropped } = now.versions;
  if (before === undefined) return foundIn(now) > 0;
  return (
    before.revision !== now.revision ||
    before.versions.listed !== listed ||
    before.versions.failed !== failed ||
    before.versions.dropped !== dropped ||
    (before.versions.pending === 0) !== (pending === 0)
  );
}

/**
 * The part of a terminal that is painted again and again: two lines a repository, those that are at work
 * first, as many as there is room for.
 */
export function panelLines(
  repositories: readonly (readonly [string, RepositoryStatus | undefined])[],
  room: { columns: number; rows: number },
): string[] {
  const ordered = repositories.toSorted(([, a], [, b]) => urgency(a) - urgency(b));
  const shown = ordered.slice(0, Math.max(1, Math.floor((room.rows - 2) / 2)));
  const lines = shown.flatMap(([name, status]) => [
    `${name}  ${activityOf(status)}`,
    `  ${status === undefined || foundIn(status) === 0 ? "nothing here yet" : countsLine(status)}`,
  ]);
  const rest = ordered.length - shown.length;
  if (rest > 0) lines.push(`and ${counted(rest, "more repository", "more repositories")}`);
  return lines.map((line) => (line.length > room.columns ? `${line.slice(0, room.columns - 1)}…` : line));
}

const urgency = (status: RepositoryStatus | undefined): number => (activityOf(status) === "in step" ? 1 : 0);
