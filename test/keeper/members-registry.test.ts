import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { provenanceKey } from "../../src/storage/keys.ts";
import type { KeptManifest } from "../../src/storage/registry-lines.ts";
import { SmallMirror } from "../support/merged-harness.ts";
import { type ChartToStore, provenanceOf, storeRepository } from "../support/stored-repository.ts";

const stores = { kv: env.KV, bucket: env.BUCKET };
const hex = (digit: string): string => digit.repeat(64);
const mediaType = "application/vnd.oci.image.manifest.v1+json";
const signature: KeptManifest = {
  kind: "kept",
  tag: `sha256-${hex("1")}.sig`,
  descriptor: { digest: hex("a"), size: 100, mediaType },
};
const referrer: KeptManifest = {
  kind: "kept",
  subject: hex("1"),
  descriptor: { digest: hex("b"), size: 100, mediaType, artifactType: "application/example" },
};

const publishing = (mirror: SmallMirror, charts: Record<string, ChartToStore>, revision: string) =>
  storeRepository(stores, mirror.nameOf("a"), charts, revision.repeat(32));

function aliasOfA(): SmallMirror {
  const mirror = new SmallMirror();
  mirror.merge("alias", ["a"]);
  return mirror;
}

const originals = (mirror: SmallMirror) =>
  mirror.rows("alias", "SELECT chart, version, manifest FROM release ORDER BY chart, version");

const kept = (mirror: SmallMirror) =>
  mirror.rows(
    "alias",
    "SELECT chart, reference, manifest, subject, descriptor FROM kept ORDER BY reference DESC",
  );

const keptIn = (chart: string, reference: string | undefined, { subject, descriptor }: KeptManifest) => ({
  chart,
  reference,
  manifest: descriptor.digest,
  subject: subject ?? null,
  descriptor: JSON.stringify(descriptor),
});

describe("what a member says to registry clients", () => {
  test("is taken over: the original manifest of each version, and what is kept beside each chart", async () => {
    const mirror = aliasOfA();
    await publishing(
      mirror,
      {
        alpha: { versions: ["2.0.0+build.7", "1.0.0"], originals: { "2.0.0+build.7": hex("1") } },
        beta: { versions: ["1.0.0"], originals: { "1.0.0": hex("2") }, kept: [signature, referrer] },
      },
      "1",
    );
    await mirror.settle("alias");
    expect(await originals(mirror)).toEqual([
      { chart: "alpha", version: "1.0.0", manifest: null },
      { chart: "alpha", version: "2.0.0+build.7", manifest: hex("1") },
      { chart: "beta", version: "1.0.0", manifest: hex("2") },
    ]);
    expect(await kept(mirror)).toEqual([
      keptIn("beta", `sha256:${hex("1")}`, referrer),
      keptIn("beta", signature.tag, signature),
    ]);
  });

  test("is taken over when it comes later, beside an index that has not changed", async () => {
    const mirror = aliasOfA();
    await publishing(mirror, { alpha: { versions: ["1.0.0"] } }, "1");
    await mirror.settle("alias");
    const published = await publishing(
      mirror,
      {
        alpha: {
          versions: ["1.0.0"],
          originals: { "1.0.0": hex("1") },
          signed: ["1.0.0"],
          kept: [signature],
        },
      },
      "2",
    );
    mirror.wait(600);
    await mirror.settle("alias");
    const [release] = await mirror.rows("alias", "SELECT manifest, provenance FROM release");
    expect(release).toMatchObject({ manifest: hex("1"), provenance: "stored" });
    expect(await kept(mirror)).toHaveLength(1);
    const digest = published.charts["alpha"]?.[0]?.digest ?? "";
    const provenance = await env.BUCKET.get(provenanceKey(mirror.nameOf("alias"), digest));
    expect(await provenance?.text()).toBe(provenanceOf("alpha", "1.0.0"));
  });

  test("makes a publication due where it is news, and none where it is known", async () => {
    const mirror = aliasOfA();
    const charts = { alpha: { versions: ["1.0.0"], originals: { "1.0.0": hex("1") }, kept: [signature] } };
    await publishing(mirror, charts, "1");
    await mirror.settle("alias");
    await publishing(mirror, charts, "2");
    mirror.wait(600);
    const asked: unknown[] = [];
    mirror.prepare = ({ ledger }) => {
      const remember = ledger.remember.bind(ledger);
      ledger.remember = (key, value) => {
        if (key === "unlisted-changes") asked.push(value);
        remember(key, value);
      };
    };
    await mirror.settle("alias");
    expect(asked).toEqual([]);
    await publishing(mirror, { alpha: { ...charts.alpha, kept: [signature, referrer] } }, "3");
    mirror.wait(600);
    await mirror.settle("alias");
    expect(asked).toEqual([1, undefined]);
  });

  test("may be missing, or no such document: the charts count without it", async () => {
    const mirror = aliasOfA();
    await publishing(mirror, { alpha: { versions: ["1.0.0"], originals: { "1.0.0": hex("1") } } }, "1");
    const revision = `repositories/${mirror.nameOf("a")}/revisions/${"1".repeat(32)}`;
    await env.BUCKET.put(`${revision}/registry.txt`, 'rubbish\n{"kind":"version"}\nnull\n');
    await mirror.settle("alias");
    expect(await originals(mirror)).toMatchObject([{ chart: "alpha", manifest: null }]);
    await publishing(mirror, { alpha: { versions: ["2.0.0", "1.0.0"] } }, "2");
    await env.BUCKET.delete(`${revision.replace(/1+$/, "2".repeat(32))}/registry.txt`);
    mirror.wait(600);
    await mirror.settle("alias");
    expect(await originals(mirror)).toHaveLength(2);
  });
});
