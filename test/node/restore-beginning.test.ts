import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CannotRestore } from "../../restore/cannot-restore.ts";
import { Restoring } from "../support/restoring.ts";
import { type StandInMirror, startStandInMirror } from "../support/stand-in-mirror.ts";
import { status } from "../support/upstream/faults.ts";

let mirror: StandInMirror;
let restoring: Restoring;
beforeEach(async () => {
  mirror = await startStandInMirror();
  restoring = await Restoring.begin();
});
afterEach(async () => {
  await restoring[Symbol.asyncDispose]();
  await mirror[Symbol.asyncDispose]();
});

describe("nothing is begun", () => {
  test.each<[name: string, spoil: (mirror: StandInMirror) => void, why: RegExp]>([
    ["no mirror", ({ site }) => site.delete("status.json"), /no Chartkeep mirror answers at http:.*<mirror>\/<repository>/],
    ["a page", ({ site }) => site.set("status.json", "<html>"), /no Chartkeep mirror.*no JSON/],
    ["another JSON", ({ site }) => site.set("status.json", "[]"), /no Chartkeep mirror.*another one/],
    ["an unknown repository", ({ site }) => site.set("status.json", '{"repositories":{"b":{},"a":{}}}'), /has no repository demo; it has a, b/],
    ["nothing published yet", ({ server }) => server.fault(/^demo\/index/, status(503)), /cannot give its index: \/index.yaml: 503/],
    ["an index that is none", ({ site }) => site.set("demo/index.yaml", "{}"), /the mirror's index cannot be read/],
    ["an upstream's index that is none", (it) => it.upstreamIndex("<html>"), /the upstream's index cannot be read: .* --urls local/],
  ])("with %s", async (_, spoil, why) => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    spoil(mirror);
    const error: unknown = await restoring.run(mirror.url).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(CannotRestore);
    expect(String(error)).toMatch(why);
    expect(await restoring.files()).toEqual([]);
  }); // prettier-ignore

  test("with a file where the folder should be, which stays", async () => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    await mkdir(join(restoring.directory, ".."), { recursive: true });
    await writeFile(restoring.directory, "a file");
    await expect(restoring.run(mirror.url)).rejects.toThrow(
      /branch cannot be the branch's folder: a file stands there/,
    );
    expect(await readFile(restoring.directory, "utf8")).toBe("a file");
  });
});
