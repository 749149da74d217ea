import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Restoring } from "../support/restoring.ts";
import { type StandInMirror, startStandInMirror } from "../support/stand-in-mirror.ts";
import { hang, slow, status } from "../support/upstream/faults.ts";

const project = resolve(import.meta.dirname, "../..");

/** util-linux's `script` gives a program a terminal; it is on every Linux, but not everywhere. */
const hasTerminals = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

let mirror: StandInMirror;
let restoring: Restoring;
let running: Running[] = [];
beforeEach(async () => {
  mirror = await startStandInMirror();
  restoring = await Restoring.begin();
});
afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await restoring[Symbol.asyncDispose]();
  await mirror[Symbol.asyncDispose]();
});

interface Running {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

const restoreCommand = (...args: string[]): Running =>
  run(process.execPath, [join(project, "restore/run.ts"), ...args]);

function run(command: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(command, args, { cwd: project, env: { ...process.env, ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const one = { child, output: () => output, ended };
  running.push(one);
  return one;
}

async function manyVersions(count: number): Promise<void> {
  await mirror.both(Array.from({ length: count }, (_, index) => ({ name: "web", version: `1.0.${index}` })));
}

async function untilAsked(archives: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (mirror.server.requestsFor(/\.tgz$/).length >= archives) return;
    await delay(20);
  }
  throw new Error(`It never asked for ${archives} archives`);
}

test("restores everything, says what came of it and what to do next, and ends with 0", async () => {
  await manyVersions(3);
  mirror.keepFile("artifacthub-repo.yml", "repositoryID: 1\n");
  const command = restoreCommand(mirror.url, restoring.directory);
  expect(await command.ended).toBe(0);
  const output = command.output();
  expect(output).toContain(`${restoring.directory}: 3 of 3 archives in place (3 fetched, `);
  expect(output).toContain(
    "0 there already), 0 with provenance; artifacthub-repo.yml; the upstream's index.yaml.",
  );
  expect(output).toContain(`  git -C ${restoring.directory} init -b gh-pages\n`);
  expect(output).toContain(`  git -C ${restoring.directory} add --all .\n`);
  expect(output).toContain("push <your repository> gh-pages\n");
  expect(output).toContain(".nojekyll");
  expect(output.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});

test("run by npm, takes the folder as from where npm was called", async () => {
  await manyVersions(1);
  const caller = join(restoring.directory, "..");
  await mkdir(caller, { recursive: true });
  const env = { npm_lifecycle_event: "restore", INIT_CWD: caller };
  const command = run(process.execPath, ["restore/run.ts", mirror.url, "branch"], env);
  expect(await command.ended).toBe(0);
  expect(await restoring.files()).toContain("web-1.0.0.tgz");
  expect(command.output()).toContain("  git -C branch add --all .\n");
});

test("knows a git worktree, and tells of a domain that wants a CNAME", async () => {
  await mkdir(restoring.directory, { recursive: true });
  await writeFile(join(restoring.directory, ".git"), "gitdir: elsewhere\n");
  mirror.sources = [{ url: "https://charts.example.com", kind: "http" }];
  await manyVersions(1);
  const command = restoreCommand(mirror.url, restoring.directory);
  expect(await command.ended).toBe(0);
  expect(command.output()).not.toContain("init");
  expect(command.output()).toContain("push origin HEAD:gh-pages\n");
  expect(command.output()).toContain(
    "If charts.example.com is the branch's own domain on GitHub Pages, write it into",
  );
});

test("ends with 2 where something is missing, and names the first ten", async () => {
  await manyVersions(13);
  await mirror.list({ name: "extra", version: "9.9.9" });
  mirror.server.fault(/web-1\.0\.\d+\.tgz$/, status(404));
  const command = restoreCommand(mirror.url, restoring.directory);
  expect(await command.ended).toBe(2);
  expect(command.output()).toMatch(
    /13 missing:\n( {2}web 1\.0\.\d+: the mirror does not have it\n){10} {2}and 3 more\n/,
  );
  expect(command.output()).toContain(
    "The mirror has 1 version that this index does not list; --urls local brings them in: extra 9.9.9.",
  );
});

test("tells what is not a part of the branch, and ends with 0", async () => {
  const url = "https://github.com/o/r/releases/download/web-1/web-1.0.0.tgz";
  await mirror.both([{ name: "web", version: "1.0.0", url }]);
  const command = restoreCommand(mirror.url, restoring.directory);
  expect(await command.ended).toBe(0);
  expect(command.output()).toContain(
    "Not a part of the branch; --urls local brings them in:\n  1 archive lies at https://github.com/o/r\n",
  );
});

test("lets no mirror write to a terminal what is no text", async () => {
  await mirror.both([{ name: "web", version: "1.0.0", url: "a\u001B]0;evil\u0007.tgz" }]);
  mirror.server.fault(/^demo@upstream/, ({ send }) =>
    send({ status: 404, headers: {}, body: Buffer.from("\u001B[2Jgone") }),
  );
  const command = restoreCommand(mirror.url, restoring.directory, "--urls", "original");
  expect(await command.ended).toBe(1);
  expect(command.output()).toContain("[2Jgone");
  expect(command.output()).not.toContain("\u001B");
});

describe("interrupted in the middle", () => {
  beforeEach(async () => {
    await manyVersions(60);
    mirror.server.fault(/\.tgz$/, slow(60));
  });

  test.each<[NodeJS.Signals, number | null]>([
    ["SIGKILL", null],
    ["SIGINT", 130],
    ["SIGTERM", 130],
  ])("by %s, leaves no half file under a name, and the next run completes it", async (signal, code) => {
    const first = restoreCommand(mirror.url, restoring.directory);
    await untilAsked(20);
    first.child.kill(signal);
    expect(await first.ended).toBe(code);
    const there = (await restoring.files()).filter((file) => file.endsWith(".tgz"));
    expect(there.length).toBeGreaterThan(0);
    expect(there.length).toBeLessThan(60);
    expect(await restoring.files()).not.toContain("index.yaml");
    if (code !== null) {
      expect((await restoring.files()).filter((file) => file.includes(".part"))).toEqual([]);
      expect(first.output()).toContain("run the same command again to go on");
    }

    mirror.server.clearFaults();
    mirror.server.forgetRequests();
    const second = restoreCommand(mirror.url, restoring.directory);
    expect(await second.ended).toBe(0);
    expect(second.output()).toContain(`${there.length} there already`);
    expect(mirror.server.requestsFor(/\.tgz$/)).toHaveLength(60 - there.length);
    expect(await restoring.files()).toHaveLength(62);
    expect(String(await restoring.bytes("index.yaml"))).toBe(await mirror.upstreamText());
  });
});

test.runIf(hasTerminals)("repaints in place on a terminal, and Ctrl-C ends it there too", async () => {
  await manyVersions(30);
  mirror.server.fault(/web-1\.0\.2\d\.tgz$/, hang());
  const command = [process.execPath, "restore/run.ts", mirror.url, restoring.directory].join(" ");
  const restore = run("script", ["-qec", `stty cols 60 rows 20; exec ${command}`, "/dev/null"]);
  for (let tries = 0; tries < 100 && !/\d+ of 30 archives \(\d+%\)/.test(restore.output()); tries += 1)
    await delay(100);
  expect(restore.output()).toMatch(/\d+ of 30 archives \(\d+%\), /);
  restore.child.stdin?.write("\u0003");
  expect(await restore.ended).toBe(130);
  expect(restore.output()).toContain("\u001B[?25h"); // the cursor is back
});

test.each([
  [["--help"], 0, /<url>[^]*<directory>[^]*--urls <which>[^]*--source <url>[^]*--force[^]*Ends with 0[^]*Example/],
  [[], 1, /missing required argument 'url'/],
  [["https://charts.example.com/web"], 1, /missing required argument 'directory'/],
  [["charts.example.com/web", "x"], 1, /^charts.example.com\/web is not an https:\/\/ or http:\/\/ address; write one like/],
  [["http://127.0.0.1/web", "x", "--urls", "mine"], 1, /Allowed choices are original, local/],
  [["http://127.0.0.1/web", "x", "--source", "oci://ghcr.io/x"], 1, /must be an https:\/\/ or http:\/\/ address/],
  [["http://127.0.0.1/web", "x", "--source", "https://a.example/?x"], 1, /the query/],
])("answers %j", async (args, code, said) => {
  const command = restoreCommand(...args);
  expect(await command.ended).toBe(code);
  expect(command.output()).toMatch(said);
}); // prettier-ignore
