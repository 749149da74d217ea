import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { archiveKey } from "../../src/storage/keys.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { memberSources } from "../support/mirrored-repository.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import { status } from "../support/upstream/faults.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const project = resolve(import.meta.dirname, "../..");
const token = "b8a1f3d0c94e4b6f9d21e07a5c83f614";
const waiting = { timeout: 20_000, interval: 500 };
const quiet = { interval: 3600 };

/** One repository a test, all kept by one Worker that checks nothing by itself. */
const names = ["withdrawn", "synced", "failing", "rolled", "damaged", "lost"] as const;
type Name = (typeof names)[number];

let upstream: Upstream;
let mirror: Mirror;
const published = new Map<string, PublishedCharts>(names.map((name) => [name, new PublishedCharts()]));
const upstreamOf = (name: Name): PublishedCharts => published.get(name) ?? new PublishedCharts();

beforeAll(async () => {
  for (const name of names) await publish(name, "1.0.0");
  const sites = [...published].map(([name, { site }]) => [name, site.site]);
  upstream = await startUpstream(sitesByFolder(Object.fromEntries(sites)));
  const repositories = names.map((name) => [name, { ...quiet, url: `${upstream.url}/${name}` }]);
  mirror = await startMirror(
    {
      ...Object.fromEntries(repositories),
      merged: { ...quiet, sources: memberSources("damaged") },
    },
    { secrets: { OPERATOR_TOKEN: token } },
  );
  for (const name of names) await mirror.waitFor(name, ({ versions }) => versions.listed === 1);
  await mirror.waitFor("merged", ({ versions }) => versions.listed === 1);
});
afterAll(async () => {
  await mirror.stop();
  await upstream.close();
});

/** Other bytes in every repository: archives are shared. @returns the digest */
async function publish(name: Name, version: string): Promise<string> {
  const archive = await smallChart(name, version);
  upstreamOf(name).publish(name, version, { archive });
  return sha256(archive);
}

async function operate(
  args: readonly string[],
  env: Record<string, string> = { CHARTKEEP_TOKEN: token },
): Promise<{ code: number | null; output: string; json: () => unknown }> {
  const url = { CHARTKEEP_URL: new URL(mirror.urlOf("")).origin };
  const child = spawn(process.execPath, [join(project, "operate/run.ts"), ...args], {
    cwd: project,
    env: { PATH: process.env["PATH"], ...url, ...env },
  });
  let [output, printed] = ["", ""];
  child.stdout.on("data", (text) => (printed += String(text)));
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, output, json: () => JSON.parse(printed) };
}

/** Node's server closes connections that were idle for five seconds, which workerd may be about to use. */
async function sync(name: Name): ReturnType<typeof operate> {
  const answer = await operate(["sync", name]);
  return answer.output.includes("Network connection lost") ? await operate(["sync", name]) : answer;
}

const versionsOf = async (name: string) => (await mirror.listed(name)).map(({ version }) => version);

describe.concurrent("the operator's command", () => {
  test("sync asks the sources at once, waits for what comes of it, and says so", async () => {
    await publish("synced", "2.0.0");
    const { code, output } = await sync("synced");
    expect(output).toMatch(
      /Every source is asked now\.\n[^]*synced: 2 versions of 1 chart, revision [0-9a-f]{32}\n/,
    );
    expect(output).toContain(`  ${upstream.url}/synced ok, checked `);
    expect(code).toBe(0);
    expect(await versionsOf("synced")).toEqual(["2.0.0", "1.0.0"]);
  });

  test("sync ends with 1 where a source fails, and repeats why", async () => {
    upstream.fault(/^failing\/index\.yaml/, status(500));
    const { code, output } = await operate(["sync", "failing"]);
    expect(output).toMatch(/\/failing failing, .*500.*http-status/);
    expect(code).toBe(1);
  });

  test("rollback serves the older revision, let-go the newest one, and the audit log has both", async () => {
    const { revision: first } = await mirror.status("rolled");
    await publish("rolled", "2.0.0");
    await sync("rolled");
    const rolled = await operate(["rollback", "rolled", first ?? ""]);
    expect(rolled.output).toContain(`held at the revision ${first}, which lists 1 chart version.`);
    expect(rolled.output).toContain(`  held at revision ${first} since `);
    expect(rolled.code).toBe(0);
    expect(await versionsOf("rolled")).toEqual(["1.0.0"]);
    expect((await operate(["status", "rolled", "--json"])).json()).toMatchObject({
      repository: "rolled",
      working: false,
      status: { revision: first, pinned: { revision: first }, versions: { stored: 2 } },
    });
    expect((await operate(["let-go", "rolled", "--json"])).json()).toMatchObject({
      action: "let-go",
      status: { pinned: null },
    });
    expect(await versionsOf("rolled")).toEqual(["2.0.0", "1.0.0"]);
    const { output } = await operate(["audit", "--limit", "100"]);
    expect(output).toMatch(/^\S+Z let-go rolled \(from \S+\): done: The repository goes on/m);
    expect(output).toContain(` rollback rolled ${first} (from `);
  });

  test("withdraw takes a version out, a rollback to it included, and reinstate gives it back", async () => {
    const { revision: first } = await mirror.status("withdrawn");
    await publish("withdrawn", "2.0.0");
    const synced = await sync("withdrawn");
    expect(synced.output).toContain("2 versions");
    expect(await versionsOf("withdrawn")).toEqual(["2.0.0", "1.0.0"]);
    const version = ["withdrawn", "withdrawn", "1.0.0"];
    const withdrawn = await operate(["withdraw", ...version, "--reason", "it leaks"]);
    expect(withdrawn.output).toContain("withdrawn 1.0.0 is withdrawn, with 1 archive.\n");
    expect(withdrawn.code).toBe(0);
    // An isolate reads anew what is withdrawn every ten seconds.
    await vi.waitFor(async () => {
      const answer = await mirror.fetch("withdrawn/withdrawn-1.0.0.tgz");
      expect([answer.status, await answer.text()]).toEqual([410, expect.stringContaining("it leaks")]);
    }, waiting);
    expect(await versionsOf("withdrawn")).toEqual(["2.0.0"]);
    await operate(["rollback", "withdrawn", first ?? ""]);
    expect(await versionsOf("withdrawn")).toEqual([]);
    await operate(["let-go", "withdrawn"]);
    const reinstated = await operate(["reinstate", ...version]);
    expect(reinstated.output).toContain("withdrawn 1.0.0 is reinstated.\n");
    await vi.waitFor(async () => expect(await versionsOf("withdrawn")).toEqual(["2.0.0", "1.0.0"]), waiting);
    expect((await operate(["reinstate", ...version])).output).toContain("is not withdrawn");
  });

  test("verify repairs what is damaged from its source, for a merged repository as well", async () => {
    const key = archiveKey(await publish("damaged", "1.0.0"));
    await mirror.corrupt(key);
    const merged = await operate(["verify", "merged"]);
    expect(merged.output).toContain("1 archive, 1 damaged");
    // The member was told, has the archive from its source again, and keeps listing it.
    await mirror.waitFor("damaged", ({ verify, versions }) => verify === null && versions.stored === 1);
    const own = await operate(["verify", "damaged"]);
    expect(own.output).toMatch(/damaged: verified \S+: 1 archive, nothing damaged\n/);
    expect(own.code).toBe(0);
    expect(await mirror.bytes(`damaged/damaged-1.0.0.tgz`)).toEqual(await smallChart("damaged", "1.0.0"));
    const again = await operate(["verify", "merged"]);
    expect(again.output).toMatch(/1 archive, 1 damaged, 1 repaired/);
    expect(again.code).toBe(0);
  });

  test("verify ends with 1 where nobody has the right bytes any more, and the version is listed no more", async () => {
    const digest = await publish("lost", "1.0.0");
    await mirror.corrupt(archiveKey(digest));
    upstream.fault(/^lost\/.*\.tgz/, status(404));
    const { code, output } = await operate(["verify", "lost"]);
    expect(output).toMatch(/not repaired: 1\n.*lost 1\.0\.0: the stored archive had other bytes: sha256/);
    expect(code).toBe(1);
    expect(await versionsOf("lost")).toEqual([]);
    expect((await mirror.fetch(`lost/charts/${digest}/lost-1.0.0.tgz`)).status).toBe(404);
  });

  test.each([
    ["a repository that there is not", ["sync", "sinced"], 1, /Did you mean "synced"/],
    ["a revision that there is not", ["rollback", "synced", "0a".repeat(16)], 1, /The history has no revision 0a0a/],
    ["no such command", ["synk", "synced"], 2, /unknown command 'synk'/],
    ["no reason", ["withdraw", "synced", "web", "1.0.0"], 2, /required option '--reason/],
    ["nothing at all", [], 2, /Usage: npm run mirror/],
    ["a mirror that is not there", ["sync", "synced", "--mirror", "http://127.0.0.1:1"], 1, /does not answer/],
    ["http:// to another machine", ["sync", "synced", "--mirror", "http://charts.example.com"], 2, /read the token/],
  ])("given %s, says so", async (_, args, code, said) => {
    const answer = await operate(args);
    expect(answer.output).toMatch(said);
    expect(answer.code).toBe(code);
  }); // prettier-ignore

  test("says what is wrong with the token, and never repeats it", async () => {
    const none = await operate(["sync", "synced"], {});
    expect([none.code, none.output]).toEqual([2, expect.stringContaining("CHARTKEEP_TOKEN is not set")]);
    const wrong = `${token}0`;
    const refused = await operate(["sync", "synced", "--json"], { CHARTKEEP_TOKEN: wrong });
    expect(refused.json()).toMatchObject({ error: { code: "unauthorized" } });
    expect(refused.code).toBe(1);
    expect(none.output + refused.output).not.toContain(token);
  });

  test("status tells of all repositories without a token", async () => {
    const { code, output } = await operate(["status"], {});
    for (const name of names) expect(output).toContain(`${name}: `);
    expect(code).toBe(0);
  });
});

test("without a token that is long enough the routes do not exist", async () => {
  await using open = await startMirror({}, { secrets: { OPERATOR_TOKEN: token.slice(0, 31) } });
  const headers = { authorization: `Bearer ${token.slice(0, 31)}` };
  for (const path of ["-/audit", "-/repositories/synced/sync", "-"]) {
    const answer = await open.fetch(path, { headers });
    const elsewhere = await open.fetch(path.replace("-", "nothing"), { headers });
    expect(answer.status).toBe(404);
    expect(answer.headers.get("www-authenticate")).toBeNull();
    expect((await answer.text()).replace('"-"', '"nothing"')).toBe(await elsewhere.text());
  }
});
