import { describe, expect, test } from "vitest";
import { judgeCharts } from "../../src/keeper/judge-charts.ts";
import { IndexPass, mostCharts } from "../../src/keeper/read.ts";
import { reportStatus } from "../../src/keeper/report.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import {
  type Harness,
  type IndexedVersion,
  indexOf,
  repositoryConfig,
  sourceUrl,
  statusOf,
  withKeeper,
} from "../support/keeper-harness.ts";

const few = { entries: 2, archives: 100, subrequests: 1000 };
/** Durable Objects refuse a row, a text or a blob beyond this; workerd by itself does not. */
const rowBytes = 2_000_000;

async function archives({ upstream }: Harness, count: number, chart = "alpha"): Promise<IndexedVersion[]> {
  const versions: IndexedVersion[] = [];
  for (let major = 1; major <= count; major += 1) {
    const version = `${major}.0.0`;
    versions.push({
      chart,
      version,
      digest: await upstream.archive(`${chart}-${version}.tgz`, `${chart} ${major}`),
    });
  }
  return versions;
}

const isIdle = ({ parts }: Harness) => nextDue(parts.ledger, parts.config, parts.now()) > parts.now();

describe("a read in many passes", () => {
  test("is finished although the upstream fails now and then", async () => {
    await withKeeper(
      async (harness) => {
        const text = indexOf(await archives(harness, 9));
        let request = 0;
        harness.upstream.files.set("index.yaml", () => {
          request += 1;
          return request % 3 === 0 ? new Response("", { status: 503 }) : new Response(text);
        });
        for (let round = 0; round < 20; round += 1) {
          await harness.settle();
          harness.wait(600);
        }
        expect((await harness.index()).entries["alpha"]).toHaveLength(9);
      },
      { config: { budget: few } },
    );
  });

  test("counts nothing that the index held no more when it was read to its end", async () => {
    await withKeeper(
      async (harness) => {
        const good = await archives(harness, 2);
        const digest = await harness.upstream.archive("alpha-9.0.0.tgz", "withdrawn");
        harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "9.0.0", digest }, ...good]));
        await harness.unit(); // two of three entries; then the publisher withdraws the first
        harness.upstream.put("index.yaml", indexOf(good));
        await harness.settle();
        expect((await harness.index()).entries["alpha"]?.map(({ version }) => version)).toEqual([
          "2.0.0",
          "1.0.0",
        ]);
      },
      { config: { budget: few } },
    );
  });

  test("of an index whose text is another at every request comes to an end, and holds up no other source", async () => {
    const other = `${sourceUrl}/b`;
    await withKeeper(
      async (harness) => {
        const versions = await archives(harness, 5);
        let request = 0;
        harness.upstream.files.set("index.yaml", () => {
          request += 1;
          return new Response(
            indexOf(versions.map((entry) => ({ ...entry, description: `made ${request}` }))),
          );
        });
        const digest = await harness.upstream.archive("b/beta-1.0.0.tgz", "beta");
        harness.upstream.put("b/index.yaml", indexOf([{ chart: "beta", version: "1.0.0", digest }]));
        await harness.settle();
        expect(isIdle(harness)).toBe(true);
        expect((await harness.index()).entries["beta"]).toHaveLength(1);
      },
      {
        config: {
          budget: few,
          sources: [sourceUrl, other].map((url) => ({ kind: "http" as const, url, files: [], rewrites: [] })),
        },
      },
    );
  });
});

describe("a first read", () => {
  test("of an index that turns out to need reading as a whole is a read like any other", async () => {
    await withKeeper(async (harness) => {
      const [one, two, three] = await archives(harness, 3);
      const text = indexOf([one, two, three].flatMap((entry) => entry ?? []))
        .replace(
          `    name: alpha\n    urls:\n    - alpha-2.0.0.tgz`,
          `    name: &name alpha\n    urls:\n    - alpha-2.0.0.tgz`,
        )
        .replace(
          `    name: alpha\n    urls:\n    - alpha-3.0.0.tgz`,
          `    name: *name\n    urls:\n    - alpha-3.0.0.tgz`,
        );
      expect(text).toContain("*name");
      harness.upstream.put("index.yaml", text);
      await harness.unit();
      expect((await harness.index()).entries["alpha"]).toHaveLength(3);
    });
  });
});

test("what was shown before a restart counts only if it is shown again", async () => {
  await withKeeper(async ({ ledger, parts }) => {
    const { config } = parts;
    const [source] = config.sources;
    if (source?.kind !== "http") throw new Error("no source");
    const { row } = ledger.sources.open(source, config.limits);
    const pass = new IndexPass({ ledger, config, source, row, entries: { left: 10 }, now: parts.now() });
    const show = (version: string, fingerprint: number) => {
      const metadata = JSON.stringify({ name: "alpha", version });
      const entry = { chart: "alpha", name: "alpha", version, urls: [`alpha-${version}.tgz`], metadata };
      pass.entry({ chart: "alpha", fingerprint, parse: () => ({ ok: true, entry }) });
    };
    show("1.0.0", 1);
    show("2.0.0", 2);
    pass.restart();
    show("2.0.0", 3);
    pass.confirm();
    judgeCharts(parts);
    expect(ledger.copyQueue.due(parts.now(), 10).map(({ version }) => version)).toEqual(["2.0.0"]);
  });
});

describe("what an upstream writes, however large,", () => {
  test("fits a row of the ledger: many addresses", async () => {
    await withKeeper(async (harness) => {
      const urls = Array.from({ length: 30_000 }, () => "    - a").join("\n");
      const text = indexOf([{ chart: "alpha", version: "1.0.0", url: "@" }]).replace("    - @", urls);
      harness.upstream.put("index.yaml", text);
      harness.parts.budget = { ...harness.parts.budget, archives: 0 };
      await harness.unit();
      for (const release of harness.ledger.copyQueue.due(harness.parts.now(), 10)) {
        expect(release.addresses.length + harness.ledger.releases.line(release.id).byteLength).toBeLessThan(
          rowBytes,
        );
      }
    });
  });

  test("fits a row of the ledger: an entry that grows by its aliases", async () => {
    await withKeeper(async (harness) => {
      const keywords = [
        "    keywords:",
        `    - &k ${"k".repeat(200_000)}`,
        ...Array<string>(9).fill("    - *k"),
      ].join("\n");
      const text = indexOf([{ chart: "alpha", version: "1.0.0" }]).replace(
        "    name: alpha",
        `${keywords}\n    name: alpha`,
      );
      harness.upstream.put("index.yaml", text);
      harness.parts.budget = { ...harness.parts.budget, archives: 0 };
      await harness.unit();
      for (const release of harness.ledger.copyQueue.due(harness.parts.now(), 10)) {
        expect(harness.ledger.releases.line(release.id).byteLength).toBeLessThan(rowBytes);
      }
    });
  });

  test("leaves a ledger and a status of a bearable size: long names", async () => {
    await withKeeper(async (harness) => {
      const long = "n".repeat(200_000);
      const entries = Array.from({ length: 50 }, (_, at) => ({ name: "a", version: `${at}`, urls: ["a"] }));
      harness.upstream.put("index.yaml", JSON.stringify({ apiVersion: "v1", entries: { [long]: entries } }));
      await harness.unit();
      expect(harness.ledger.sightings.countDropped()).toBe(50);
      expect(JSON.stringify(reportStatus(harness.ledger, harness.parts.config)).length).toBeLessThan(100_000);
    });
  });

  test("leaves a ledger and a status of a bearable size: long versions", async () => {
    await withKeeper(async (harness) => {
      const versions = Array.from({ length: 50 }, (_, at) => ({
        chart: "alpha",
        version: `${at}${"x".repeat(200_000)}`,
        url: "a",
      }));
      harness.upstream.put("index.yaml", indexOf(versions));
      await harness.unit();
      expect(harness.ledger.sightings.countDropped()).toBe(50);
      expect(JSON.stringify(reportStatus(harness.ledger, harness.parts.config)).length).toBeLessThan(100_000);
    });
  });

  test("leaves a status that can be read: a long address with the wrong bytes", async () => {
    await withKeeper(async (harness) => {
      const url = `alpha.tgz?${"q".repeat(4000)}`;
      await harness.upstream.archive(url, "other");
      harness.upstream.put(
        "index.yaml",
        indexOf([{ chart: "alpha", version: "1.0.0", digest: "0".repeat(64), url }]),
      );
      await harness.settle();
      const status = reportStatus(harness.ledger, harness.parts.config);
      expect(status.problems[0]?.code).toBe("digest-mismatch");
      expect(JSON.stringify(status).length).toBeLessThan(10_000);
    });
  });

  test("fits the memory of readers: charts, however many", async () => {
    const budget = { ...repositoryConfig.budget, entries: 4_000 }; // so it takes several passes
    await withKeeper(
      async (harness) => {
        harness.ledger.remember("copy-pause", Number.POSITIVE_INFINITY);
        const digest = "ab".repeat(32);
        const chartsOf = (from: number, count: number) =>
          Array.from({ length: count }, (_, at) => ({ chart: `c${from + at}`, version: "1.0.0", digest }));
        harness.upstream.put("index.yaml", indexOf(chartsOf(0, mostCharts - 1)));
        await harness.settle();
        expect(statusOf(harness).versions).toMatchObject({ pending: mostCharts - 1, dropped: 0 });
        // Others in their place: what was seen once is kept, so it counts as well.
        const more = [...chartsOf(20_000, 3), { chart: "c0", version: "2.0.0", digest }];
        harness.upstream.put("index.yaml", indexOf(more));
        harness.wait(repositoryConfig.interval + 1);
        await harness.settle();
        const { versions, problems } = statusOf(harness);
        expect(versions.dropped).toBe(2);
        expect(problems.map(({ code }) => code)).toEqual(["too-many-charts", "too-many-charts"]);
        expect(harness.ledger.releases.chartsSoFar().size).toBe(mostCharts);
      },
      { config: { budget } },
    );
  });
});

describe("the ledger", () => {
  test("lists an entry as the index had it when it was listed, not as it was when its archive was still missing", async () => {
    await withKeeper(async (harness) => {
      const [entry] = await archives(harness, 1);
      if (entry === undefined) throw new Error("no entry");
      const archive = harness.upstream.files.get("alpha-1.0.0.tgz");
      harness.upstream.files.delete("alpha-1.0.0.tgz");
      harness.upstream.put("index.yaml", indexOf([{ ...entry, description: "wrong" }]));
      await harness.settle();
      harness.upstream.files.set("alpha-1.0.0.tgz", archive ?? new Uint8Array());
      harness.upstream.put("index.yaml", indexOf([{ ...entry, description: "right" }]));
      harness.wait(600);
      await harness.settle();
      // A mirror that begins now lists "right": the same upstream, the same bytes.
      expect(await harness.indexText()).toContain('"description":"right"');
    });
  });
});
