import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256, smallChart } from "../support/published-charts.ts";
import { Restoring } from "../support/restoring.ts";
import { type StandInMirror, startStandInMirror } from "../support/stand-in-mirror.ts";
import {
  type Fault,
  afterTimes,
  cutFile,
  endless,
  firstTimes,
  hang,
  rateLimited,
  redirect,
  redirectLoop,
  resetAfter,
  slow,
  status,
  truncated,
  wrongBytes,
} from "../support/upstream/faults.ts";

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

describe("a mirror that does not answer as it should", () => {
  const passing: [name: string, fault: Fault][] = [
    ["503", firstTimes(2, status(503))],
    ["429 with Retry-After", firstTimes(1, rateLimited(7))],
    ["a reset before the headers", firstTimes(2, resetAfter(0))],
    ["a reset in the body", firstTimes(2, resetAfter(100))],
    ["a body that breaks off", firstTimes(1, truncated(100))],
    [
      "a redirect within its origin",
      firstTimes(
        1,
        redirect((path) => `/${path}?again`),
      ),
    ],
  ];
  test.each(passing)("is asked again, and gives everything in the end: %s", async (_, fault) => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    for (const path of [/^status.json$/, /^demo\/index.yaml$/, /^demo@upstream/, /\.tgz$/]) {
      mirror.server.fault(path, fault);
    }
    const { tally } = await restoring.run(mirror.url);
    expect(tally).toMatchObject({ fetched: 1, trouble: [] });
    expect(sha256(await restoring.bytes("web-1.0.0.tgz"))).toBe(sha256(await smallChart("web", "1.0.0")));
  });

  test("is waited for as long as it asks, and longer each time", async () => {
    await mirror.both([{ name: "web", version: "1.0.0" }]);
    mirror.server.fault(/\.tgz$/, firstTimes(1, rateLimited(7)));
    mirror.server.fault(/\.prov$/, firstTimes(3, status(500)));
    await restoring.run(mirror.url);
    const [asked = 0, first = 0, second = 0, third = 0] = restoring.waits;
    expect(asked).toBe(7000);
    expect([first >= 500, second >= 1000, third >= 2000, third <= 3000]).toEqual([true, true, true, true]);
  });

  const wrong: [name: string, fault: Fault, kind: string, why: RegExp][] = [
    ["other bytes", wrongBytes(), "mismatch", /the index lists [0-9a-f]{64}, the mirror gave bytes of/],
    ["a file that is cut off", cutFile(100), "mismatch", /the mirror gave bytes of/],
    ["500 without end", status(500), "failed", /: 500$/],
    ["404", status(404), "missing", /does not have it/],
    ["410", status(410), "missing", /does not have it/],
    ["403", status(403), "failed", /: 403$/],
    ["an endless body", endless(), "failed", /larger than \d+ bytes/],
    [
      "a redirect to elsewhere",
      redirect("https://evil.example/a.tgz"),
      "failed",
      /leads away from the mirror/,
    ],
    ["redirects in a circle", redirectLoop(), "failed", /more than 5 redirects/],
  ];
  test.each(wrong)("costs the one archive, of which nothing stays: %s", async (_, fault, kind, why) => {
    await mirror.both([
      { name: "web", version: "1.0.0" },
      { name: "bad", version: "1.0.0" },
    ]);
    mirror.server.fault(/bad-1.0.0.tgz$/, fault);
    const { tally } = await restoring.run(mirror.url);
    expect(tally.trouble).toEqual([{ kind, what: "bad 1.0.0", why: expect.stringMatching(why) }]);
    expect(await restoring.files()).toEqual([".nojekyll", "index.yaml", "web-1.0.0.tgz"]);
  });

  test.each(["headers", "body"] as const)("is not waited for without end before its %s", async (before) => {
    await mirror.both([
      { name: "web", version: "1.0.0" },
      { name: "bad", version: "1.0.0" },
    ]);
    mirror.server.fault(/web-1.0.0.tgz$/, firstTimes(1, hang(before)));
    mirror.server.fault(/bad-1.0.0.tgz$/, hang(before));
    restoring.patience = 0.2;
    const { tally } = await restoring.run(mirror.url);
    expect(tally.fetched).toBe(1);
    expect(tally.trouble).toMatchObject([
      { kind: "failed", what: "bad 1.0.0", why: expect.stringContaining("took too long") },
    ]);
    expect(await restoring.files()).toEqual([".nojekyll", "index.yaml", "web-1.0.0.tgz"]);
  });

  test("and is gone for good in the middle ends the run, to be gone on with", async () => {
    const versions = Array.from({ length: 40 }, (_, index) => ({ name: "web", version: `1.0.${index}` }));
    await mirror.both(versions);
    mirror.server.fault(/\.tgz$/, afterTimes(20, resetAfter(0)));
    const { stopped, tally } = await restoring.run(mirror.url);
    expect(stopped).toContain("does not answer any more");
    expect(tally.done).toBeLessThan(40);
    expect(await restoring.files()).not.toContain("index.yaml");
    mirror.server.clearFaults();
    const again = await restoring.run(mirror.url);
    expect(again.tally).toMatchObject({ done: 40, there: tally.fetched, trouble: [] });
    expect((await restoring.files()).length).toBe(42);
  });

  test("is asked for six archives at a time, and never for more", async () => {
    await mirror.both(Array.from({ length: 30 }, (_, index) => ({ name: "web", version: `1.0.${index}` })));
    mirror.server.fault(/\.tgz$/, slow(20));
    mirror.server.forgetRequests();
    await restoring.run(mirror.url);
    expect(mirror.server.concurrentMaximum).toBe(6);
  });

  test("writes a provenance as large as a mirror may have it", async () => {
    const archive = await smallChart("web", "1.0.0");
    const provenance = `${"# \n".repeat(2_700_000)}files: ${sha256(archive)}\n`; // limits.file: up to 8 MiB
    await mirror.both([{ name: "web", version: "1.0.0", archive, provenance }]);
    const { tally } = await restoring.run(mirror.url);
    expect(tally).toMatchObject({ fetched: 1, signed: 1, trouble: [] });
    expect((await restoring.bytes("web-1.0.0.tgz.prov")).byteLength).toBe(provenance.length);
  });

  test("tells of a provenance that does not speak of its archive, and writes it as it is", async () => {
    await mirror.both([{ name: "web", version: "1.0.0", provenance: "files: of another\n" }]);
    const { tally } = await restoring.run(mirror.url);
    expect(tally.trouble).toMatchObject([{ kind: "mismatch", what: "web-1.0.0.tgz.prov" }]);
    expect(String(await restoring.bytes("web-1.0.0.tgz.prov"))).toBe("files: of another\n");
  });
});
