import { styleText } from "node:util";
import { describe, expect, test } from "vitest";
import { terminalSvg } from "../../demo/terminal-svg.ts";

const styled = (format: Parameters<typeof styleText>[0], text: string): string =>
  styleText(format, text, { validateStream: false });

const draw = (output: string): string => terminalSvg(output, { title: "a title", columns: 80 });

/** The attributes of the element that holds a text. */
function attributesOf(svg: string, text: string): Record<string, string> {
  const element = svg.split("\n").find((line) => line.endsWith(`>${text}</text>`)) ?? "";
  const [, attributes = ""] = /<text ([^>]*)>/.exec(element) ?? [];
  return Object.fromEntries(
    Array.from(attributes.matchAll(/([\w:-]+)="([^"]*)"/g), ([, name = "", value = ""]) => [name, value]),
  );
}

describe("a terminal as SVG", () => {
  test("escapes every text, and leaves out what XML does not take", () => {
    const svg = draw('<b>&"\u0007\u0000</b>');
    expect(svg).toContain(">&lt;b&gt;&amp;&quot;&lt;/b&gt;</text>");
    expect(svg.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(terminalSvg("", { title: "<&>", columns: 80 })).toContain("<title>&lt;&amp;&gt;</title>");
  });

  test.each([
    ["red", { fill: "#ff7b72" }],
    ["green", { fill: "#3fb950" }],
    ["cyanBright", { fill: "#56d4dd" }],
    ["bold", { "font-weight": "bold", fill: "#e6edf3" }],
    ["dim", { "fill-opacity": ".65" }],
    ["underline", { "text-decoration": "underline" }],
  ] as const)("shows %s, and what follows without it", (format, attributes) => {
    const svg = draw(`${styled(format, "like this")} and plain`);
    expect(attributesOf(svg, "like this")).toMatchObject(attributes);
    const place = { x: "108", y: "71", textLength: "75.6" };
    expect(attributesOf(svg, "and plain")).toEqual({ ...place, "xml:space": "preserve", fill: "#e6edf3" });
  });

  test("shows inverse text in the colour of the paper, on its own colour", () => {
    const svg = draw(styled(["cyan", "inverse"], " 2 "));
    expect(svg).toContain('<rect x="24" y="56" width="25.2" height="20" fill="#39c5cf"/>');
    expect(attributesOf(svg, " 2 ")).toMatchObject({ fill: "#0d1117" });
  });

  test("keeps a colour until it is changed, from line to line too", () => {
    const svg = draw("\u001B[31mred\nstill\u001B[0m\nplain");
    expect(attributesOf(svg, "red")).toMatchObject({ fill: "#ff7b72", y: "71" });
    expect(attributesOf(svg, "still")).toMatchObject({ fill: "#ff7b72", y: "91" });
    expect(attributesOf(svg, "plain")).toMatchObject({ fill: "#e6edf3", y: "111" });
  });

  test("puts every run into its column, whatever stands before it", () => {
    const svg = draw(`⎈𝛼é${styled("red", "here")}`);
    expect(attributesOf(svg, "here")).toMatchObject({ x: String(24 + 3 * 8.4), textLength: "33.6" });
  });

  test("grows with the lines and the columns, and gives the same bytes for the same text", () => {
    expect(draw("one\ntwo")).toContain('width="720" height="116"');
    expect(draw("one\ntwo\n\nfour")).toContain('width="720" height="156"');
    expect(draw("one\ntwo")).toBe(draw("one\ntwo"));
  });
});
