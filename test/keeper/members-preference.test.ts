import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { headKey } from "../../src/storage/keys.ts";
import { type SmallMirror, listed, publish, statusIn, twoAndAll } from "../support/merged-harness.ts";

const oneAtATime = { budget: { entries: 1000, archives: 1, subrequests: 1000 } };

const publishesNothing = async (mirror: SmallMirror): Promise<boolean> =>
  (await statusIn(mirror, "all")).revision === null;

describe("of versions that two members have with different bytes", () => {
  test("the preferred member's is listed, and the other one is told as a conflict", async () => {
    const { mirror, a, b } = twoAndAll();
    const [first] = await publish(a, [["alpha", "1.0.0", "a"]]);
    const [second] = await publish(b, [["alpha", "1.0.0", "b"]]);
    await mirror.settle("a", "b", "all");
    expect(await listed(mirror, "all")).toEqual([`alpha 1.0.0 ${first}`]);
    expect((await statusIn(mirror, "all")).problems).toMatchObject([
      {
        code: "conflict",
        listed: { digest: first, sources: [`member:${mirror.nameOf("a")}`] },
        other: { digest: second, sources: [`member:${mirror.nameOf("b")}`] },
      },
    ]);
  });

  test("the preferred member's are listed, though it is filled last and publishes many times meanwhile", async () => {
    const { mirror, a, b } = twoAndAll(oneAtATime);
    const versions = ["1.0.0", "2.0.0", "3.0.0"];
    const preferred = await publish(
      a,
      versions.map((version) => ["alpha", version, `a ${version}`]),
    );
    const [beta] = await publish(b, [
      ["beta", "1.0.0"],
      ...versions.map((version): [string, string, string] => ["alpha", version, `b ${version}`]),
    ]);
    await mirror.settle("b");
    await mirror.settle("all");
    expect(await publishesNothing(mirror)).toBe(true);
    for (let unit = 0; unit < versions.length; unit += 1) {
      await mirror.on("a", (harness) => harness.unit());
      await mirror.settle("all");
    }
    expect(await listed(mirror, "all")).toEqual([
      ...versions.map((version, at) => `alpha ${version} ${preferred[at]}`).toReversed(),
      `beta 1.0.0 ${beta}`,
    ]);
  });

  test("the one that was listed first stays, once the preferred member had nothing more to come", async () => {
    const { mirror, a, b } = twoAndAll();
    await publish(a, [["alpha", "1.0.0"]]);
    await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("a", "b", "all");
    const [first] = await publish(b, [["alpha", "2.0.0", "b"]]);
    mirror.wait(600);
    await mirror.settle("b", "all");
    await publish(a, [["alpha", "2.0.0", "a"]]);
    mirror.wait(600);
    await mirror.settle("a", "all");
    expect(await listed(mirror, "all")).toContain(`alpha 2.0.0 ${first}`);
    expect((await statusIn(mirror, "all")).problems).toMatchObject([{ version: "2.0.0", code: "conflict" }]);
  });
});

describe("a preferred member", () => {
  test("whose Keeper has not begun is waited for, but for no longer than an hour", async () => {
    const { mirror, b } = twoAndAll();
    await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("b", "all");
    for (let minutes = 0; minutes < 59; minutes += 1) {
      mirror.wait(60);
      await mirror.settle("all");
    }
    expect(await publishesNothing(mirror)).toBe(true);
    mirror.wait(60);
    await mirror.settle("all");
    expect(await listed(mirror, "all")).toHaveLength(1);
  });

  test("that comes to the end of its fill without publishing is found within a minute", async () => {
    const { mirror, a, b } = twoAndAll();
    await publish(a, [["alpha", "1.0.0"]]);
    a.files.set("alpha-1.0.0.tgz", () => new Response("", { status: 503 }));
    await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("a", "b", "all");
    expect(await publishesNothing(mirror)).toBe(true); // the archive of `a` is tried again soon
    a.files.set("alpha-1.0.0.tgz", () => new Response("", { status: 404 }));
    mirror.wait(60);
    await mirror.settle("a");
    mirror.wait(1);
    await mirror.settle("all");
    mirror.wait(59);
    await mirror.settle("all");
    expect(await listed(mirror, "all")).toHaveLength(1);
  });

  test("that cannot be read keeps nobody waiting", async () => {
    const { mirror, b } = twoAndAll();
    await env.BUCKET.put(headKey(mirror.nameOf("a")), "no head");
    await publish(b, [["beta", "1.0.0"]]);
    await mirror.settle("b", "all");
    expect(await listed(mirror, "all")).toHaveLength(1);
  });
});
