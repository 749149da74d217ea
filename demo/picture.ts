/** Plays the demo, and keeps a picture of its most telling part for the README. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { steps } from "./steps.ts";
import { terminalSvg } from "./terminal-svg.ts";

const project = resolve(import.meta.dirname, "..");
const picture = "docs/demo.svg";
const columns = 96;
/** In the place of the ports that were free this time, in the order in which they are told. */
const ports = ["48080", "45000", "48790"] as const;
/** The steps that are pictured, the first and the last of them. */
const [first, last] = [2, 3] as const;

const env = { ...process.env, FORCE_COLOR: "1", NO_COLOR: undefined };
const { status, stdout } = spawnSync(process.execPath, ["demo/run.ts", "--exit"], {
  cwd: project,
  env,
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
if (status === 0) {
  const output = pictured(withFixedPorts(stdout));
  writeFileSync(join(project, picture), terminalSvg(output, { title: "npm run demo", columns }));
  process.stdout.write(`${picture} has ${output.split("\n").length} lines\n`);
} else {
  process.exitCode = 1;
}

function withFixedPorts(text: string): string {
  const found = new Set(Array.from(text.matchAll(/127\.0\.0\.1:(\d+)/g), ([, port = ""]) => port));
  return [...found].reduce(
    (replaced, port, index) => replaced.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${ports[index] ?? port}`),
    text,
  );
}

function pictured(text: string): string {
  const lines = text.split("\n");
  const beginOf = (step: number): number =>
    lines.findIndex((line) => stripVTControlCharacters(line) === ` ${step}  ${steps[step - 1]?.title}`);
  const [begin, end] = [beginOf(first), beginOf(last + 1)];
  if (begin === -1 || end === -1) throw new Error(`Steps ${first} to ${last} are not in what the demo says`);
  return lines.slice(begin, end).join("\n").trimEnd();
}
