import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { revisionDocuments } from "../../src/storage/revision-store.ts";
import { reportStatus } from "../../src/keeper/report.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { headKey, provenanceKey, revisionsPrefix, statusKey } from "../../src/storage/keys.ts";
import {
  type Harness,
  indexOf,
  requireEveryArchive,
  sourceUrl,
  withKeeper,
} from "../support/keeper-harness.ts";

const free = { entries: 250, archives: 12, subrequests: 45 };
const isIdle = ({ parts }: Harness) => nextDue(parts.ledger, parts.config, parts.now()) > parts.now();

describe("an entry with more dead addresses than a unit may make requests", () => {
  test("is put off like any other that fails", async () => {
    await withKeeper(
      async (harness) => {
        const urls = Array.from({ length: 60 }, (_, at) => `    - dead-${at}.tgz`).join("\n");
        const text = indexOf([{ chart: "alpha", version: "1.0.0", digest: "0".repeat(64), url: "@" }]);
        harness.upstream.put("index.yaml", text.replace("    - @", urls));
        await harness.settle();
        expect(isIdle(harness)).toBe(true);
      },
      { config: { budget: free } },
    );
  });
});

test("a version whose index says no digest any more is mirrored, though the one that it said was never right", async () => {
  await withKeeper(async (harness) => {
    const entry = { chart: "alpha", version: "1.0.0" };
    const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
    harness.upstream.put("index.yaml", indexOf([{ ...entry, digest: "0".repeat(64) }]));
    await harness.settle();
    expect(reportStatus(harness.ledger, harness.parts.config).versions).toMatchObject({ failed: 1 });
    harness.upstream.put("index.yaml", indexOf([entry]));
    harness.wait(600);
    await harness.settle();
    expect((await harness.index()).entries["alpha"]).toMatchObject([{ digest }]);
    const { versions, problemCount } = reportStatus(harness.ledger, harness.parts.config);
    expect(versions).toMatchObject({
      listed: 1,
      stored: 1,
      pending: 0,
      failed: 0,
      dropped: 0,
      unverified: 0,
    });
    expect(problemCount).toBe(0);
  });
});

test("an archive that takes more requests than a whole unit may make is told, and holds up no other", async () => {
  await withKeeper(
    async (harness) => {
      const good = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      harness.upstream.files.set("beta-1.0.0.tgz", () => Response.redirect(`${sourceUrl}/b1`, 302));
      harness.upstream.files.set("b1", () => Response.redirect(`${sourceUrl}/b2`, 302));
      harness.upstream.files.set("b2", () => Response.redirect(`${sourceUrl}/b3`, 302));
      harness.upstream.put(
        "index.yaml",
        indexOf([
          { chart: "beta", version: "1.0.0", digest: "0".repeat(64) },
          { chart: "alpha", version: "1.0.0", digest: good },
        ]),
      );
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
      const { problems } = reportStatus(harness.ledger, harness.parts.config);
      expect(problems).toMatchObject([{ chart: "beta", code: "out-of-budget" }]);
    },
    { config: { budget: { entries: 10, archives: 1, subrequests: 3 } } },
  );
});

describe("a bucket that answers 403 for what it does not have", () => {
  test("is asked for each provenance once", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      harness.upstream.files.set("alpha-1.0.0.tgz.prov", () => new Response("AccessDenied", { status: 403 }));
      for (let round = 0; round < 10; round += 1) {
        await harness.settle();
        harness.wait(600);
      }
      expect(harness.upstream.requests.filter((path) => path.endsWith(".prov"))).toHaveLength(1);
    });
  });

  test("is asked for a small file only when its index has changed", async () => {
    await withKeeper(
      async (harness) => {
        const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
        const text = indexOf([{ chart: "alpha", version: "1.0.0", digest }]);
        harness.upstream.files.set("index.yaml", ({ headers }) =>
          new Headers(headers).get("if-none-match") === '"one"'
            ? new Response(null, { status: 304 })
            : new Response(text, { headers: { etag: '"one"' } }),
        );
        harness.upstream.files.set(
          "artifacthub-repo.yml",
          () => new Response("AccessDenied", { status: 403 }),
        );
        await harness.settle();
        harness.upstream.requests = [];
        harness.wait(600);
        await harness.settle();
        expect(harness.upstream.requests).toEqual(["index.yaml"]);
      },
      {
        config: {
          sources: [{ kind: "http" as const, url: sourceUrl, files: ["artifacthub-repo.yml"], rewrites: [] }],
        },
      },
    );
  });

  test("and has lost many archives does not hold up the ones that it has", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      const versions = [{ chart: "alpha", version: "1.0.0", digest }];
      for (let major = 2; major < 30; major += 1) {
        harness.upstream.files.set(
          `alpha-${major}.0.0.tgz`,
          () => new Response("AccessDenied", { status: 403 }),
        );
        versions.push({ chart: "alpha", version: `${major}.0.0`, digest: "0".repeat(64) });
      }
      harness.upstream.put("index.yaml", indexOf(versions));
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
    });
  });
});

describe("provenance", () => {
  test("is not given up because units had no requests left for it", async () => {
    await withKeeper(
      async (harness) => {
        const versions = [];
        for (let major = 1; major <= 90; major += 1) {
          const path = `alpha-${major}.0.0.tgz`;
          versions.push({
            chart: "alpha",
            version: `${major}.0.0`,
            digest: await harness.upstream.archive(path, path),
          });
          harness.upstream.files.set(`${path}.prov`, () => new Response("", { status: 503 }));
        }
        harness.upstream.put("index.yaml", indexOf(versions));
        await harness.settle();
        for (const { version } of versions) {
          harness.upstream.put(`alpha-${version}.tgz.prov`, "-----BEGIN PGP SIGNED MESSAGE-----");
        }
        for (let round = 0; round < 30; round += 1) {
          harness.wait(3600);
          await harness.settle();
        }
        const missing = [];
        for (const { digest, version } of versions) {
          if ((await env.BUCKET.head(provenanceKey(harness.repository, digest))) === null)
            missing.push(version);
        }
        expect(missing).toEqual([]);
      },
      { config: { budget: { entries: 250, archives: 100, subrequests: 10 } } },
    );
  });

  test("of one repository is not replaced by what another one says of the same bytes", async () => {
    let digest = "";
    let first = "";
    await withKeeper(async (harness) => {
      first = harness.repository;
      digest = await harness.upstream.archive("alpha-1.0.0.tgz", "in two repositories");
      harness.upstream.put("alpha-1.0.0.tgz.prov", "-----BEGIN PGP SIGNED MESSAGE----- by its author");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      await harness.settle();
    });
    const before = await (await env.BUCKET.get(provenanceKey(first, digest)))?.text();
    await withKeeper(async (harness) => {
      await harness.upstream.archive("alpha-1.0.0.tgz", "in two repositories");
      harness.upstream.put("alpha-1.0.0.tgz.prov", "-----BEGIN PGP SIGNED MESSAGE----- by somebody else");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      await harness.settle();
    });
    expect(await (await env.BUCKET.get(provenanceKey(first, digest)))?.text()).toBe(before);
  });
});

describe("an archive that the server marks with a content coding", () => {
  test("is taken as it is on the wire, as Helm does", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      const bytes = harness.upstream.files.get("alpha-1.0.0.tgz");
      let coding: unknown;
      harness.upstream.files.set("alpha-1.0.0.tgz", (request) => {
        coding = Reflect.get(request, "encodeResponseBody"); // else workerd's fetch unpacks it
        return new Response(bytes instanceof Uint8Array ? bytes : null);
      });
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      await harness.settle();
      expect(coding).toBe("manual");
    });
  });
});

describe("a digest that the index has corrected", () => {
  test("is asked for no more, and is no problem any more", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      harness.upstream.put(
        "index.yaml",
        indexOf([{ chart: "alpha", version: "1.0.0", digest: "0".repeat(64) }]),
      );
      await harness.settle();
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      harness.wait(600);
      await harness.settle();
      expect(await requireEveryArchive(harness)).toBe(1);
      harness.upstream.requests = [];
      for (let day = 0; day < 3; day += 1) {
        harness.wait(86_400);
        await harness.settle();
      }
      expect(harness.upstream.requests.filter((path) => path.endsWith(".tgz"))).toEqual([]);
      expect(reportStatus(harness.ledger, harness.parts.config).versions.failed).toBe(0);
    });
  });
});

/** The real bucket, but for what `put` does with some keys. */
const withPut = (bucket: Harness["parts"]["bucket"], refuses: (key: string) => boolean) =>
  new Proxy(bucket, {
    get(target, name: keyof typeof bucket) {
      return (key: string, ...rest: unknown[]) =>
        name === "put" && refuses(key)
          ? Promise.reject(new Error("too many writes of one key"))
          : Reflect.apply(target[name], target, [key, ...rest]);
    },
  });

describe("storage", () => {
  test("a revision whose head could not be moved is collected like any other", async () => {
    await withKeeper(async (harness) => {
      const versions: { chart: string; version: string; digest: string }[] = [];
      const release = async (version: string) => {
        versions.push({
          chart: "alpha",
          version,
          digest: await harness.upstream.archive(`alpha-${version}.tgz`, version),
        });
        harness.upstream.put("index.yaml", indexOf(versions));
      };
      const { bucket } = harness.parts;
      harness.parts.bucket = withPut(bucket, (key) => key === headKey(harness.repository));
      await release("1.0.0");
      await expect(harness.settle()).rejects.toThrow("too many writes");
      harness.parts.bucket = bucket;
      await release("2.0.0");
      harness.wait(600);
      await harness.settle();
      harness.wait(100 * 86_400);
      await harness.settle();
      const { objects } = await env.BUCKET.list({ prefix: revisionsPrefix(harness.repository) });
      expect(objects).toHaveLength(revisionDocuments.length); // those of the current revision
    });
  });

  test("a status that R2 refuses for hours does not keep the Keeper running for hours", async () => {
    await withKeeper(async (harness) => {
      const digest = await harness.upstream.archive("alpha-1.0.0.tgz", "alpha");
      harness.upstream.put("index.yaml", indexOf([{ chart: "alpha", version: "1.0.0", digest }]));
      harness.parts.bucket = withPut(harness.parts.bucket, (key) => key === statusKey(harness.repository));
      let units = 0;
      const start = harness.parts.now();
      while (harness.parts.now() < start + 3_600_000) {
        const due = nextDue(harness.ledger, harness.parts.config, harness.parts.now());
        harness.wait(Math.max(0, due - harness.parts.now()) / 1000);
        await harness.unit();
        units += 1;
      }
      expect(units).toBeLessThan(60);
    });
  });
});
