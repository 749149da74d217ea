import type { HelmFigures } from "./helm-rounds.ts";
import { size } from "./helm-tables.ts";
import { names } from "./names.ts";

const command = "repo update";
const width = 840;
const labels = 176;
const gap = 28;
const top = 92;
const row = 34;
const bar = 16;
/** Beside a bar, for its figure. */
const figure = 74;
const panel = (width - labels - gap) / 2;

interface Bar {
  name: string;
  isOurs: boolean;
  seconds: number;
  bytes: number;
}

/** Bars of what `helm repo update` takes with each repository: its time, and what it receives. */
export function comparisonSvg(
  figures: ReadonlyMap<string, HelmFigures>,
  { index, about }: { index: string; about: string },
): string {
  const bars = barsOf(figures);
  const height = top + bars.length * row + 34;
  const title = `helm repo update of a repository with ${index} of index`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="desc">${escaped(bars.map(described).join("; "))}.</desc>`,
    style,
    text(0, 24, title, "title"),
    text(0, 46, about, "note"),
    ...panelSvg("time", labels, bars, ({ seconds }) => seconds, toldSeconds),
    ...panelSvg("received", labels + panel + gap, bars, ({ bytes }) => bytes, size),
    ...bars.map(({ name, isOurs }, at) => text(0, middle(at) + 5, name, isOurs ? "label ours" : "label")),
    text(
      0,
      height - 8,
      "Shorter is better. Each as its users run it, on one machine, with nothing cached.",
      "note",
    ),
    "</svg>\n",
  ].join("\n");
}

function barsOf(figures: ReadonlyMap<string, HelmFigures>): Bar[] {
  const ours: readonly string[] = [names.full, names.latest, names.oneChart];
  return Array.from(figures, ([name, commands]) => {
    const measured = commands.get(command);
    if (measured === undefined) return undefined;
    const { seconds, bytes } = measured;
    return { name: plain(name), isOurs: ours.includes(name), seconds, bytes };
  }).filter((found) => found !== undefined);
}

function panelSvg(
  heading: string,
  left: number,
  bars: readonly Bar[],
  value: (measured: Bar) => number,
  told: (value: number) => string,
): string[] {
  const greatest = Math.max(...bars.map(value));
  const scale = (panel - figure) / greatest;
  return [
    text(left, top - 16, heading, "heading"),
    `<line x1="${left}" y1="${top - 6}" x2="${left}" y2="${top + bars.length * row}" class="axis"/>`,
    ...bars.flatMap((measured, at) => {
      const length = Math.max(1.5, Math.round(value(measured) * scale * 10) / 10);
      return [
        `<rect x="${left}" y="${middle(at) - bar / 2}" width="${length}" height="${bar}" rx="2" class="${measured.isOurs ? "bar ours" : "bar"}"/>`,
        text(left + length + 7, middle(at) + 5, told(value(measured)), "figure"),
      ];
    }),
  ];
}

/** Whoever looks at it chose light or dark; without a word about it, light. The background is theirs. */
const style = `<style>
text{font:14px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:17px;font-weight:600}.heading,.note{font-size:13px;fill:#59636e}.label.ours{font-weight:600}
.figure{font-variant-numeric:tabular-nums}.axis{stroke:#d1d9e0}.bar{fill:#9aa4af}.bar.ours{fill:#1a7f5a}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.heading,.note{fill:#9198a1}.axis{stroke:#3d444d}.bar{fill:#656c76}.bar.ours{fill:#3fb984}}
</style>`;

const middle = (at: number): number => top + at * row + row / 2;

const text = (x: number, y: number, content: string, kind: string): string =>
  `<text x="${Math.round(x * 10) / 10}" y="${y}" class="${kind}">${escaped(content)}</text>`;

const described = ({ name, seconds, bytes }: Bar): string =>
  `${name}: ${toldSeconds(seconds)}, ${size(bytes)} received`;

const toldSeconds = (seconds: number): string => `${seconds.toFixed(2)} s`;

/** Names are Markdown. */
const plain = (name: string): string => name.replaceAll("`", "");

const escaped = (content: string): string =>
  content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
