import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateRepository } from "../../bench/generate/generated-repository.ts";
import { generatedSite } from "../support/upstream/generated-site.ts";
import { startUpstream } from "../support/upstream/upstream.ts";

const project = resolve(import.meta.dirname, "../..");
/** Nobody listens on the port for TCP multiplexing. */
const nowhere = "http://127.0.0.1:1/charts";

/** util-linux's `script` gives a program a terminal; it is on every Linux, but not everywhere. */
const hasTerminals = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

let folder: string;
let started: Started[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chartkeep-start-"));
});
afterEach(async () => {
  for (const { child } of started) child.kill("SIGTERM");
  await Promise.all(started.map(({ ended }) => ended));
  started = [];
  await rm(folder, { recursive: true, force: true });
});

interface Started {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

async function start(config: string, options: readonly string[] = ["--port", "0"]): Promise<Started> {
  return run(process.execPath, await argumentsFor(config, options));
}

async function argumentsFor(config: string, options: readonly string[]): Promise<string[]> {
  const file = join(folder, "mirror.yaml");
  await writeFile(file, config);
  return ["local/start.ts", "--config", file, "--state", join(folder, "state"), ...options];
}

function run(command: string, args: readonly string[]): Started {
  const child = spawn(command, args, { cwd: project });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const one = { child, output: () => output, ended };
  started.push(one);
  return one;
}

async function untilSaid({ output }: Started, text: RegExp): Promise<RegExpExecArray> {
  for (let tries = 0; tries < 300; tries++) {
    const found = text.exec(output());
    if (found !== null) return found;
    await delay(100);
  }
  throw new Error(`It never said ${String(text)}, but:\n${output()}`);
}

const mirrorOf = (sources: Readonly<Record<string, string>>): string =>
  `interval: 1s\nrepositories:\n${Object.entries(sources)
    .map(([name, url]) => `  ${name}: {sources: [{url: "${url}", files: []}]}\n`)
    .join("")}`;

test("fills the mirror, says how to use it, keeps its state and ends cleanly within two seconds", async () => {
  const repository = generateRepository({ charts: 2, versions: 6 });
  const upstream = await startUpstream(generatedSite(repository));
  const config = mirrorOf({ web: upstream.url });

  const first = await start(config);
  const [, base] = await untilSaid(first, /helm repo add web (http:\/\/localhost:\d+)\/web\n/);
  await untilSaid(first, /web: 6 versions found: 6 listed; 6 archives copied, \d/);
  const index = await (await fetch(`${base}/web/index.yaml`)).text();
  expect(index).toContain('"apiVersion"');
  await upstream[Symbol.asyncDispose]();
  await untilSaid(first, /web: http:\S+ fails: .*What is here stays served; trying again\n/);
  const asked = Date.now();
  first.child.kill("SIGINT");
  expect(await first.ended).toBe(0);
  expect(Date.now() - asked).toBeLessThan(2000);
  expect(first.output().replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);

  const second = await start(config);
  const [, later] = await untilSaid(second, /helm repo add web (http:\/\/localhost:\d+)\/web\n/);
  expect(await (await fetch(`${later}/web/index.yaml`)).text()).toBe(index);
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(0);
});

test.runIf(hasTerminals)(
  "repaints in place on a terminal, and Ctrl-C ends it cleanly there too",
  async () => {
    const repository = generateRepository({ charts: 2, versions: 6 });
    await using upstream = await startUpstream(generatedSite(repository));
    const args = await argumentsFor(mirrorOf({ web: upstream.url }), ["--port", "0"]);
    const command = [process.execPath, ...args].map((part) => `'${part}'`).join(" ");
    // `exec`: Ctrl-C goes to every process of the terminal, and dash, waiting for a child, would die of it.
    const mirror = run("script", ["-qec", `stty cols 100 rows 20; exec ${command}`, "/dev/null"]);
    await untilSaid(mirror, /web {2}in step\s+6 versions found: 6 listed/);
    mirror.child.stdin?.write("\u0003");
    expect(await mirror.ended).toBe(0);
    expect(mirror.output().trimEnd().endsWith("\u001B[?25h")).toBe(true); // the cursor is back
  },
);

test("tells an outage in one line and goes on trying", async () => {
  const mirror = await start(mirrorOf({ web: nowhere }));
  await untilSaid(mirror, /fails/);
  await delay(4000);
  expect(mirror.output().match(/fails|error|unreachable/gi)).toHaveLength(2); // both in the one line
  expect(mirror.output()).toContain(`web: ${nowhere} fails: index.yaml: `);
});

test("names every problem of its configuration and ends with 1", async () => {
  const mirror = await start("plan: pro\nrepositories: {v2: {sources: []}}\n");
  expect(await mirror.ended).toBe(1);
  expect(mirror.output().trim().split("\n")).toEqual([
    expect.stringContaining('mirror.yaml:1:7: plan: "pro" is not one of the choices'),
    expect.stringContaining("mirror.yaml:2:16: repositories.v2:"),
    expect.stringContaining("mirror.yaml:2:30: repositories.v2.sources: the list is empty"),
  ]);
});

test("says that a port is in use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => other.once("listening", listening));
  const address: AddressInfo | string | null = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const mirror = await start(mirrorOf({ web: nowhere }), ["--port", String(port)]);
  expect(await mirror.ended).toBe(1);
  expect(mirror.output()).toBe(
    `port ${port} is in use already; choose another one with --port, or end what uses it\n`,
  );
  other.close();
});

test.each([
  [["--help"], 0, /--config <file>[^]*--port <number>[^]*--host <address>[^]*--state <directory>/],
  [["--port", "99999"], 1, /argument '99999' is invalid. It must be a number from 0 to 65535/],
  [["--prot", "1"], 1, /unknown option '--prot'[^]*Did you mean --port/],
])("answers %j", async (options, code, said) => {
  const mirror = await start(mirrorOf({ web: nowhere }), options);
  expect(await mirror.ended).toBe(code);
  expect(mirror.output()).toMatch(said);
});
