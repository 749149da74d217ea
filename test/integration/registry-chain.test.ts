import { expect, test } from "vitest";
import { startMirror } from "../support/mirror.ts";
import { ociSource } from "../support/mirrored-repository.ts";
import { PublishedCharts, smallChart } from "../support/published-charts.ts";
import { startRegistry } from "../support/registry/registry.ts";
import { startUpstream } from "../support/upstream/upstream.ts";

const versions = ["1.0.0", "1.2.0-rc.1", "v2.0.0", "2.1.0+build.5"];

const provenanceOf = (version: string): string =>
  `-----BEGIN PGP SIGNED MESSAGE-----\nweb ${version}\n-----BEGIN PGP SIGNATURE-----\n`;

test("a mirror of a mirror, by its registry, has the same charts, signatures and referrers", async () => {
  await using registry = await startRegistry({ referrers: "broken" });
  const pages = new PublishedCharts();
  for (const version of versions) {
    const archive = await smallChart("web", version);
    pages.publish("web", version, { archive, provenance: provenanceOf(version) });
    await registry.publish("charts/web", { name: "web", version, archive });
  }
  const subject = registry.content.find("charts/web")?.tags.get("1.0.0") ?? "";
  const signature = registry.sign("charts/web", subject, "sig");
  registry.attach("charts/web", subject, { artifactType: "application/spdx+json", bytes: "{}" });
  await using upstream = await startUpstream(pages.site.site);
  await using first = await startMirror({
    pages: { url: upstream.url },
    registry: { sources: [ociSource({ url: `oci://${registry.host}/charts`, charts: ["web"] })] },
  });
  await Promise.all(first.names.map((name) => first.sync(name)));

  const oci = (name: string): string => first.urlOf(name).replace("http:", "oci:");
  await using second = await startMirror({
    pages: { sources: [ociSource({ url: oci("pages"), charts: "catalog" })] },
    registry: { sources: [ociSource({ url: oci("registry"), charts: "catalog" })] },
  });
  for (const name of second.names) {
    const { problems } = await second.sync(name);
    expect(problems).toEqual([]);
    const listed = async (mirror: typeof first) =>
      (await mirror.listed(name)).map(({ version, digest }) => `${version} ${digest}`);
    expect(await listed(second)).toEqual(await listed(first));
    expect(await listed(second)).toHaveLength(versions.length);
  }
  for (const { version, urls } of await second.listed("pages")) {
    const provenance = await second.bytes(`pages/${urls[0]}.prov`);
    expect(new TextDecoder().decode(provenance)).toBe(provenanceOf(version));
  }

  // The upstream shows its referrers under the fallback tag alone; the mirror's own API has them.
  const referrers = await first.fetch(`v2/registry/web/referrers/${subject}`);
  expect(await referrers.json()).toMatchObject({ manifests: [{ artifactType: "application/spdx+json" }] });
  const { sources } = await second.status("registry");
  expect(sources[0]?.registry?.kept).toBeGreaterThanOrEqual(2);
  for (const digest of [subject, signature.digest]) {
    const key = `oci/manifests/${digest.replace(":", "/")}`;
    expect((await second.stored(key))?.bytes).toEqual((await first.stored(key))?.bytes);
  }
});
