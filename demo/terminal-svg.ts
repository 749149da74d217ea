/** What one piece of text looks like, by the codes of ECMA-48 (SGR). */
interface Look {
  /** Of the sixteen colours; undefined is the terminal's own. */
  color: number | undefined;
  bold: boolean;
  dim: boolean;
  underline: boolean;
  inverse: boolean;
}

interface Run {
  text: string;
  /** Where it begins, from 0. */
  column: number;
  look: Look;
}

const plain: Look = { color: undefined, bold: false, dim: false, underline: false, inverse: false };

/** The sixteen colours, on a background that is dark wherever the picture is shown. */
const palette =
  "#484f58 #ff7b72 #3fb950 #d29922 #58a6ff #bc8cff #39c5cf #b1bac4 #6e7681 #ffa198 #56d364 #e3b341 #79c0ff #d2a8ff #56d4dd #ffffff".split(
    " ",
  );
const ink = "#e6edf3";
const paper = "#0d1117";

const cell = { width: 8.4, height: 20 } as const;
const margin = { side: 24, top: 56, bottom: 20 } as const;
/** From the upper edge of a line to the foot of its letters. */
const baseline = 15;

/** Pictures what a program has printed on a terminal: the same text gives the same SVG. */
export function terminalSvg(output: string, { title, columns }: { title: string; columns: number }): string {
  const lines = linesOf(output);
  const width = Math.ceil(columns * cell.width + 2 * margin.side);
  const height = margin.top + lines.length * cell.height + margin.bottom;
  const buttons = ["#ff5f57", "#febc2e", "#28c840"].map(
    (fill, index) => `<circle cx="${margin.side + index * 20}" cy="24" r="6" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>text{font-size:14px;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10" fill="${paper}" stroke="#30363d"/>`,
    ...buttons,
    `<text x="${width / 2}" y="29" fill="#8b949e" text-anchor="middle">${escaped(title)}</text>`,
    ...lines.flatMap((runs, index) => runs.map((run) => runSvg(run, margin.top + index * cell.height))),
    "</svg>\n",
  ].join("\n");
}

/** @param top of its line */
function runSvg({ text, column, look }: Run, top: number): string {
  const x = rounded(margin.side + column * cell.width);
  // The widths of letters differ from font to font; told the whole width, columns stay columns in all of them.
  const width = rounded(cells(text) * cell.width);
  const color = look.color === undefined ? ink : (palette[look.color] ?? ink);
  const attributes = [
    `x="${x}" y="${top + baseline}" textLength="${width}" xml:space="preserve"`,
    `fill="${look.inverse ? paper : color}"`,
    look.bold ? `font-weight="bold"` : "",
    look.dim ? `fill-opacity=".65"` : "",
    look.underline ? `text-decoration="underline"` : "",
  ].filter((attribute) => attribute !== "");
  const behind = `<rect x="${x}" y="${top}" width="${width}" height="${cell.height}" fill="${color}"/>`;
  return `${look.inverse ? behind : ""}<text ${attributes.join(" ")}>${escaped(text)}</text>`;
}

/** The runs of every line. A look goes on until it is changed, from one line to the next, too. */
function linesOf(output: string): Run[][] {
  let look = plain;
  return output.split("\n").map((line) => {
    const runs: Run[] = [];
    let column = 0;
    // oxlint-disable-next-line no-control-regex -- it is what terminals go by
    for (const part of line.split(/(\u001B\[[0-9;]*m)/)) {
      if (part.startsWith("\u001B[")) {
        look = codesOf(part).reduce(changed, look);
        continue;
      }
      const all = printable(part);
      // Spaces that show nothing are left out: not everybody who draws SVG keeps them.
      const text = look.inverse ? all : all.trim();
      const before = look.inverse ? 0 : cells(all) - cells(all.trimStart());
      if (text !== "") runs.push({ text, column: column + before, look });
      column += cells(all);
    }
    return runs;
  });
}

const codesOf = (sequence: string): number[] => sequence.slice(2, -1).split(";").map(Number);

function changed(look: Look, code: number): Look {
  if (code === 0) return plain;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 4 || code === 24) return { ...look, underline: code === 4 };
  if (code === 7 || code === 27) return { ...look, inverse: code === 7 };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 39) return { ...look, color: undefined };
  if (code >= 30 && code <= 37) return { ...look, color: code - 30 };
  if (code >= 90 && code <= 97) return { ...look, color: code - 82 };
  return look;
}

/** Characters, not UTF-16 units; there are no wide ones in what is pictured. */
const cells = (text: string): number => Array.from(text).length;

/** XML takes no other control characters, not even escaped ones. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, "");

const rounded = (pixels: number): number => Math.round(pixels * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
