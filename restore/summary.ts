import { bytesText, counted, grouped } from "../local/figures.ts";
import type { Elsewhere, Trouble } from "./plan.ts";
import type { Restored } from "./restore.ts";

/** So many are named; the others are counted. */
const named = 10;

const headings: readonly [Trouble["kind"], string][] = [
  ["mismatch", "does not match"],
  ["missing", "missing"],
  ["in-the-way", "in the way, and left as it is"],
  ["refused", "refused"],
  ["failed", "could not be fetched; another run tries again"],
];

export interface Place {
  /** The folder as one would write it. */
  directory: string;
  isGit: boolean;
  hasCname: boolean;
}

/** Whether everything that the index speaks of is there. */
export const isComplete = ({ tally, lost, stopped }: Restored): boolean =>
  tally.trouble.length === 0 && lost.length === 0 && stopped === undefined;

/** What came of a restore, and what to do next, line by line. */
export function summaryLines(restored: Restored, place: Place): string[] {
  const { tally, elsewhere, kept, lost, stopped } = restored;
  return [
    ...headings.flatMap(([kind, heading]) => troubleLines(tally.trouble, kind, heading)),
    ...elsewhereLines(elsewhere),
    ...namedLines(
      kept,
      (count) => `The mirror has ${count} that this index does not list; --urls local brings them in`,
    ),
    ...namedLines(lost, (count) => `The upstream's last index lists ${count} that the mirror lacks`),
    countsLine(restored, place),
    ...(stopped === undefined
      ? nextLines(restored, place)
      : [`Stopped: ${stopped}. Run the same command again to go on.`]),
  ];
}

function countsLine({ urls, tally, stopped }: Restored, { directory }: Place): string {
  const { fetched, there, signed, files, bytes, total } = tally;
  const index = urls === "original" ? "the upstream's index.yaml" : "a new index.yaml";
  return [
    `${directory}: ${grouped(fetched + there)} of ${counted(total, "archive")} in place`,
    ` (${grouped(fetched)} fetched, ${bytesText(bytes)}; ${grouped(there)} there already)`,
    `, ${grouped(signed)} with provenance`,
    files.length === 0 ? "" : `; ${files.join(", ")}`,
    stopped === undefined ? `; ${index}` : "; no index.yaml yet",
    ".",
  ].join("");
}

function troubleLines(trouble: readonly Trouble[], kind: Trouble["kind"], heading: string): string[] {
  const these = trouble.filter((one) => one.kind === kind);
  if (these.length === 0) return [];
  const lines = these.slice(0, named).map(({ what, why }) => `  ${what}: ${why}`);
  const rest = these.length - lines.length;
  return [
    `${grouped(these.length)} ${heading}:`,
    ...lines,
    ...(rest > 0 ? [`  and ${grouped(rest)} more`] : []),
  ];
}

function namedLines(titles: readonly string[], say: (count: string) => string): string[] {
  if (titles.length === 0) return [];
  const rest = titles.length - named;
  const names = titles.slice(0, named).join(", ") + (rest > 0 ? `, and ${grouped(rest)} more` : "");
  return [`${say(counted(titles.length, "version"))}: ${names}.`];
}

function elsewhereLines(elsewhere: readonly Elsewhere[]): string[] {
  const lines = elsewhere.slice(0, named).map(({ place, archives, lacking }) => {
    const lie = archives === 1 ? "lies" : "lie";
    const lacks = lacking === 0 ? "" : ` (${grouped(lacking)} of them the mirror lacks)`;
    return `  ${counted(archives, "archive")} ${lie} at ${place}${lacks}`;
  });
  if (lines.length === 0) return [];
  const rest = elsewhere.slice(named).reduce((sum, { archives }) => sum + archives, 0);
  if (rest > 0) lines.push(`  and ${grouped(rest)} in other places`);
  return ["Not a part of the branch; --urls local brings them in:", ...lines];
}

function nextLines({ sources, noJekyll }: Restored, { directory, isGit, hasCname }: Place): string[] {
  const git = `git -C ${shellWord(directory)}`;
  const host = URL.parse(sources[0] ?? "")?.hostname ?? "";
  const isOwnDomain = host !== "" && !/\.(github|gitlab)\.io$/.test(host) && !hasCname;
  return [
    "",
    "Next:",
    ...(isGit ? [] : [`  ${git} init -b gh-pages`]),
    `  ${git} add --all .`,
    `  ${git} commit -m "Restore the chart repository"`,
    isGit ? `  ${git} push origin HEAD:gh-pages` : `  ${git} push <your repository> gh-pages`,
    "",
    ...(isOwnDomain
      ? [`If ${host} is the branch's own domain on GitHub Pages, write it into ${directory}/CNAME first.`]
      : []),
    noJekyll
      ? "There is a .nojekyll, so that GitHub Pages serves every file as it is."
      : "There is no .nojekyll, because a _config.yml is there: GitHub Pages runs Jekyll over the branch.",
  ];
}

/** As a POSIX shell takes it for one word. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
