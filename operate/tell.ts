import { bytesText, counted, grouped } from "../local/figures.ts";
import type { AuditEntry, Status } from "./answers.ts";

/** How a repository stands, for people. */
export function statusLines(repository: string, status: Status): string[] {
  const { revision, charts, versions, archiveBytes, pinned, sources } = status;
  const published = `${counted(versions.listed, "version")} of ${counted(charts, "chart")}`;
  return [
    `${repository}: ${revision === null ? "nothing published yet" : `${published}, revision ${revision}`}`,
    `  ${counted(versions.stored, "archive")} stored, ${bytesText(archiveBytes)}${unfinished(status)}`,
    ...(pinned === null ? [] : [`  held at revision ${pinned.revision} since ${pinned.since}`]),
    ...[...sources.map(sourceText), ...policyLines(status)].map((line) => `  ${line}`),
    ...verificationLines(status).map((line) => `  ${line}`),
  ];
}

/** What the operator may agree to, and what may be released early. */
function policyLines({ withheld, waiting }: Status): string[] {
  return [
    ...(withheld === null
      ? []
      : [
          `the loss of ${counted(withheld.count, "version")} is withheld (${withheld.reason}) until ${withheld.followsAt}`,
        ]),
    ...waiting.versions.map(
      ({ chart, version, listableAt }) => `${chart} ${version} waits until ${listableAt}`,
    ),
    ...(waiting.count > waiting.versions.length ? [`${grouped(waiting.count)} versions wait`] : []),
  ];
}

function unfinished({ versions: { pending, failed, dropped } }: Status): string {
  const shares: [number, string][] = [
    [pending, "pending"],
    [failed, "failed"],
    [dropped, "dropped"],
  ];
  return shares.map(([count, what]) => (count === 0 ? "" : `, ${grouped(count)} ${what}`)).join("");
}

function sourceText({ url, state, checkedAt, error }: Status["sources"][number]): string {
  const checked = checkedAt === null ? "never checked" : `checked ${checkedAt}`;
  const why = error === null ? "" : `: ${error.message} (${error.code})`;
  return `${url} ${state}, ${checked}${why}`;
}

/** How far the verification came, and what is still damaged. */
export function verificationLines({ verify, integrityFailures, problems }: Status): string[] {
  if (verify === null) return [];
  const { endedAt, checked, total, damaged, repaired, unread } = verify;
  const progress =
    endedAt === null ? `verifying, ${grouped(checked)} of ${grouped(total)}` : `verified ${endedAt}`;
  const found =
    damaged === 0 ? "nothing damaged" : `${grouped(damaged)} damaged, ${grouped(repaired)} repaired`;
  const lost = problems.filter(({ code }) => code === "integrity");
  return [
    `${progress}: ${counted(checked, "archive")}, ${found}`,
    ...(unread === 0 ? [] : [`not readable, looked at again later: ${grouped(unread)}`]),
    ...(integrityFailures === 0 ? [] : [`not repaired: ${grouped(integrityFailures)}`]),
    ...lost.slice(0, 10).map(({ chart, version, message }) => `  ${chart} ${version}: ${message}`),
  ];
}

/** One line while something goes on. */
export function progressLine(repository: string, status: Status): string {
  const { verify, versions, pinned } = status;
  const verifying =
    verify === null || verify.endedAt !== null
      ? ""
      : `, verifying ${grouped(verify.checked)} of ${grouped(verify.total)}`;
  const held = pinned === null ? "" : ", held";
  return `${repository}: ${grouped(versions.listed)} listed, ${grouped(versions.stored)} stored${unfinished(status)}${verifying}${held}`;
}

export function auditLines(entries: readonly AuditEntry[]): string[] {
  if (entries.length === 0) return ["Nothing was done yet."];
  return entries.map(({ at, action, repository, arguments: given, address, outcome }) => {
    const what = [action, repository, ...Object.values(given)].join(" ");
    const came = outcome === null ? "not known" : `${outcome.result}: ${outcome.message}`;
    return `${at} ${what} (from ${address}): ${came}`;
  });
}
