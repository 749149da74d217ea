import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { type Expected, differenceFrom, shortened } from "../../demo/acts.ts";
import { wrapped } from "../../demo/stage.ts";
import { steps } from "../../demo/steps.ts";
import { availableHelms, helmIsNeeded } from "../support/helm.ts";

const project = resolve(import.meta.dirname, "../..");
const helms = await availableHelms();

interface Played {
  code: number | null;
  output: string;
  /** The only place for temporary files that the demo knew of, and what it has left there. */
  folder: string;
  left: string[];
}

/** @param until what is printed when the demo gets SIGINT */
async function demo(args: readonly string[], until?: string): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), "chartkeep-demo-"));
  const env = { ...process.env, FORCE_COLOR: undefined, TMPDIR: folder };
  const child = spawn(process.execPath, ["demo/run.ts", ...args], { cwd: project, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
      if (until !== undefined && output.includes(until) && !child.killed) child.kill("SIGINT");
    });
  }
  const code = await new Promise<number | null>((ended) => child.once("close", ended));
  const left = await readdir(folder);
  await rm(folder, { recursive: true });
  return { code, output, folder, left };
}

describe.skipIf(helms.length === 0).concurrent("npm run demo", () => {
  test("tells all five steps with --exit, without colours where nobody looks, and leaves nothing behind", async () => {
    const { code, output, folder, left } = await demo(["--exit"]);
    expect(output).toContain("Everything turned out as told");
    expect(code).toBe(0);
    expect(steps).toHaveLength(5);
    for (const [index, { title }] of steps.entries()) expect(output).toContain(`\n ${index + 1}  ${title}\n`);
    expect(output.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(output).not.toContain(folder);
    expect(left).toEqual([]);
  });

  test("ends at once on Ctrl-C in the middle of a step, and leaves nothing behind", async () => {
    const { code, output, left } = await demo(["--exit"], steps[1]?.title);
    expect(code).toBe(130);
    expect(output).not.toContain(steps[3]?.title);
    expect(left).toEqual([]);
  });

  test("stays up after the last step until Ctrl-C, which is how it should end", async () => {
    const { code, output, left } = await demo([], "In a browser: http://127.0.0.1:");
    expect(output).toMatch(/\$ helm repo add chartkeep-demo http:\S+\n/);
    expect(code).toBe(0);
    expect(left).toEqual([]);
  });
});

test.runIf(helms.length === 0)(helmIsNeeded, (context) => context.skip(helmIsNeeded));

test("has help", async () => {
  const { code, output } = await demo(["--help"]);
  expect(output).toContain("--exit");
  expect(code).toBe(0);
});

describe("what helm does is held against the story", () => {
  const failed = { code: 1, stdout: "", stderr: "Error: 404 Not Found\n" };
  const went = { code: 0, stdout: "Update Complete.\n", stderr: "" };
  test.each<[Expected["ends"], RegExp, typeof failed, string | undefined]>([
    ["well", /Complete/, went, undefined],
    ["well", /Complete/, failed, "failed (1): Error: 404 Not Found"],
    ["well", /404/, went, "did not say /404/"],
    ["badly", /404/, failed, undefined],
    ["badly", /Complete/, went, "should have failed, but went well"],
    ["badly", /403/, failed, "did not say /403/"],
    ["either", /404/, failed, undefined],
    ["either", /404/, went, "did not say /404/"],
  ])("%s, and says %s", (ends, says, result, difference) => {
    expect(differenceFrom({ ends, says: [says] }, result)).toBe(difference);
  });
});

test("long outputs are shortened where they say so", () => {
  expect(shortened("a\nb\nkeep\n\nkeep\nc\n", /keep/)).toBe("…\nkeep\nkeep\n…");
  expect(shortened("a\n\nb\n")).toBe("a\nb");
});

test.each([
  ["", [""]],
  ["one two three", ["one two", "three"]],
  ["a-word-that-is-too-long and more", ["a-word-that-is-too-long", "and more"]],
  ["one two-and-too-long", ["one", "two-and-too-long"]],
])("breaks %j at spaces", (text, lines) => {
  expect(wrapped(text, 9)).toEqual(lines);
});
