import { markdownTable } from "../support/markdown.ts";
import { helmCommands } from "./helm-commands.ts";
import type { HelmResults } from "./helm-results.ts";
import type { CommandFigures } from "./helm-rounds.ts";

const columns = ["repository", ...helmCommands.map((command) => `\`${command}\``)];

/** Times in one table, bytes and memory in another. */
export function helmTables(results: HelmResults): string {
  const times = rowsOf(results, ({ seconds }) => `${seconds.toFixed(2)} s`);
  const weights = rowsOf(results, ({ bytes, memory }) => `${size(bytes)}, ${mebibytes(memory)}`);
  return [
    markdownTable(columns, times),
    ...Array.from(results.skipped, ([name, why]) => `${name} is ${why}.\n`),
    "Bytes that Helm received, and its peak memory:\n",
    markdownTable(columns, weights),
  ].join("\n");
}

function rowsOf({ http, oci, skipped }: HelmResults, told: (figures: CommandFigures) => string): string[][] {
  const pull = helmCommands.indexOf("pull");
  return [
    ...Array.from(http, ([name, figures]) => [
      name,
      ...helmCommands.map((command) => {
        const measured = figures.get(command);
        return measured === undefined ? "–" : told(measured);
      }),
    ]),
    ...Array.from(oci, ([name, figures]) => [
      name,
      ...helmCommands.map((_, index) => (index === pull ? told(figures) : "–")),
    ]),
    ...Array.from(skipped.keys(), (name) => [name, ...helmCommands.map(() => "skipped")]),
  ];
}

/** In the units that networks are measured in: `4.2 MB`, `83 kB`, `512 B`. */
export function size(bytes: number): string {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return bytes >= 1000 ? `${Math.round(bytes / 1000)} kB` : `${bytes} B`;
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
