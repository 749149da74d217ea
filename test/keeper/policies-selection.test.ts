import { describe, expect, test } from "vitest";
import type { Policies } from "../../src/config/policies.ts";
import { statusOf, withKeeper } from "../support/keeper-harness.ts";
import { day, policies, setPolicies, publish, check, listed, copied } from "../support/listed-by-policies.ts";

describe("`include` and `exclude`", () => {
  const names = ["alpha 2.0.0", "alpha 1.1.0", "alpha 1.0.0", "beta 1.0.0", "web-api 1.0.0", "web-ui v2"];
  type Row = [promise: string, policies: Partial<Policies>, listed: string[]];

  test.each<Row>([
    ["a name", { include: [{ chart: "beta" }] }, ["beta 1.0.0"]],
    ["a pattern of names", { include: [{ chart: "web-*" }] }, ["web-api 1.0.0", "web-ui v2"]],
    [
      "a range of versions",
      { include: [{ chart: "alpha", versions: "1.x" }] },
      ["alpha 1.1.0", "alpha 1.0.0"],
    ],
    [
      "a version that only Helm takes for one",
      { include: [{ chart: "*", versions: ">=2" }] },
      ["alpha 2.0.0", "web-ui v2"],
    ],
    [
      "what `exclude` leaves of it",
      { include: [{ chart: "*a*" }], exclude: [{ chart: "alpha", versions: ">1.0.0" }, { chart: "web-*" }] },
      ["alpha 1.0.0", "beta 1.0.0"],
    ],
  ])("mirror %s, and copy nothing else", async (_promise, also, expected) => {
    await withKeeper(
      async (harness) => {
        await publish(harness, names);
        await check(harness);
        expect(await listed(harness)).toEqual(expected);
        expect(copied(harness)).toHaveLength(expected.length);
        const { pending, skipped } = statusOf(harness).versions;
        expect({ pending, skipped }).toEqual({ pending: 0, skipped: names.length - expected.length });
        await publish(harness, [...names, "zulu 1.0.0"]); // later, too
        await check(harness);
        expect(copied(harness)).toHaveLength(expected.length);
      },
      { config: policies(also) },
    );
  });

  test("take effect when they change: what is left out leaves the index, its archive stays; what is let in is copied", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, names);
        await check(harness);
        const exclude = [{ chart: "alpha", versions: "<2.0.0" }, { chart: "beta" }, { chart: "web-*" }];
        setPolicies(harness, { exclude });
        await harness.settle();
        expect(await listed(harness)).toEqual(["alpha 2.0.0"]);
        expect(statusOf(harness).versions).toMatchObject({ stored: 3, skipped: 5 });
        setPolicies(harness, {});
        await harness.settle();
        expect(await listed(harness)).toEqual([
          "alpha 2.0.0",
          "alpha 1.1.0",
          "alpha 1.0.0",
          ...names.slice(3),
        ]);
        expect(copied(harness)).toHaveLength(names.length);
      },
      { config: policies({ include: [{ chart: "alpha" }] }) },
    );
  });

  test("may leave everything out, which is no outage", async () => {
    await withKeeper(async (harness) => {
      await publish(harness, names);
      await check(harness);
      setPolicies(harness, { include: [{ chart: "nothing" }] });
      await check(harness);
      expect(await listed(harness)).toEqual([]);
      expect(statusOf(harness).sources[0]?.state).toBe("ok");
    });
  });
});

describe("`keepNewest`", () => {
  const two = policies({ keepNewest: 2 });

  test("copies and lists so many, and lets an older one go when a newer one is listed, not before", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, ["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0", "beta 1.0.0"]);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 3.0.0", "alpha 2.0.0", "beta 1.0.0"]);
        expect(copied(harness)).toHaveLength(3);
        const newer = ["alpha 4.0.0", "alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0", "beta 1.0.0"];
        await publish(harness, newer);
        harness.upstream.files.delete("alpha-4.0.0.tgz");
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 3.0.0", "alpha 2.0.0", "beta 1.0.0"]);
        await publish(harness, newer);
        await check(harness, 2 * day);
        expect(await listed(harness)).toEqual(["alpha 4.0.0", "alpha 3.0.0", "beta 1.0.0"]);
        expect(statusOf(harness).versions).toMatchObject({ stored: 4, skipped: 2, hidden: 0 });
      },
      { config: two },
    );
  });

  test("takes the next one where the newest cannot be copied, or waits for its age", async () => {
    await withKeeper(
      async (harness) => {
        const created = "2020-01-01T00:00:00Z";
        await publish(harness, ["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0", "alpha 0.1.0"], { created });
        harness.upstream.files.delete("alpha-3.0.0.tgz");
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 2.0.0", "alpha 1.0.0"]);
        const newer = ["alpha 4.0.0", "alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0", "alpha 0.1.0"];
        await publish(harness, newer, { created });
        harness.upstream.files.delete("alpha-3.0.0.tgz");
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 2.0.0", "alpha 1.0.0"]);
        await check(harness, day);
        expect(await listed(harness)).toEqual(["alpha 4.0.0", "alpha 2.0.0"]);
      },
      { config: policies({ keepNewest: 2, minimumAge: day }) },
    );
  });

  test("takes the next one where none of the newest can be copied", async () => {
    await withKeeper(
      async (harness) => {
        await publish(harness, ["alpha 3.0.0", "alpha 2.0.0", "alpha 1.0.0"]);
        for (const version of ["3.0.0", "2.0.0"]) harness.upstream.files.delete(`alpha-${version}.tgz`);
        await check(harness);
        expect(await listed(harness)).toEqual(["alpha 1.0.0"]);
      },
      { config: two },
    );
  });

  test("is bounded by the budget like everything else, and copies nothing that is not judged yet", async () => {
    await withKeeper(
      async (harness) => {
        const names = Array.from({ length: 40 }, (_, at) => [
          `c${at + 10} 2.0.0`,
          `c${at + 10} 1.0.0`,
        ]).flat();
        await publish(harness, names);
        await check(harness);
        expect(await listed(harness)).toHaveLength(40);
        expect(copied(harness)).toHaveLength(40);
      },
      {
        config: { ...policies({ keepNewest: 1 }), budget: { entries: 3, archives: 1000, subrequests: 1000 } },
      },
    );
  });
});
