import { describe, expect, test } from "vitest";
import { startMirror } from "../support/mirror.ts";
import { httpSource, ociSource } from "../support/mirrored-repository.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import { RepositoryContent } from "../support/registry/content.ts";
import {
  debianRegistryIsNeeded,
  findDebianRegistry,
  startDebianRegistry,
} from "../support/registry/debian-registry.ts";
import { pushContent } from "../support/registry/plain-push.ts";
import { publishChart } from "../support/registry/publish.ts";
import { startUpstream } from "../support/upstream/upstream.ts";

const installed = (await findDebianRegistry()) !== undefined;
const [inRegistry, inHttp] = [1, 2];
const versions = Array.from({ length: 30 }, (_, minor) => `1.${minor}.0`);

describe.skipIf(installed)("the real docker-registry, preferred to an HTTP repository", () => {
  test(debianRegistryIsNeeded, (context) => context.skip(debianRegistryIsNeeded));
});

describe.skipIf(!installed)("the real docker-registry, preferred to an HTTP repository", () => {
  test("has its digests listed by a first fill that takes several units, too", async () => {
    await using registry = await startDebianRegistry();
    const content = new RepositoryContent();
    const published = new PublishedCharts();
    const preferred: [version: string, digest: string][] = [];
    for (const version of versions) {
      const archive = await smallChart("web", version, inRegistry);
      await publishChart(content, { name: "web", version, archive });
      published.publish("web", version, { archive: await smallChart("web", version, inHttp) });
      preferred.unshift([version, sha256(archive)]);
    }
    await pushContent(registry, "team/web", content);
    await using upstream = await startUpstream(published.site.site);
    const sources = [
      ociSource({ url: `oci://${registry.host}/team`, charts: ["web"] }),
      httpSource({ url: upstream.url }),
    ];
    /** The default of the free plan. */
    const budget = { entries: 250, archives: 12, subrequests: 45 };
    await using mirror = await startMirror({ team: { budget, sources } });
    await mirror.waitFor("team", (status) => status.versions.stored === 2 * versions.length);
    const listed = await mirror.listed("team");
    expect(listed.map(({ version, digest }) => [version, digest])).toEqual(preferred);
  });
});
