import { describe, expect, test } from "vitest";
import { startMirror } from "../support/mirror.ts";
import { ociSource } from "../support/mirrored-repository.ts";
import { smallChart } from "../support/published-charts.ts";
import { RepositoryContent, digestOf } from "../support/registry/content.ts";
import {
  debianRegistryIsNeeded,
  findDebianRegistry,
  startDebianRegistry,
} from "../support/registry/debian-registry.ts";
import { mountBlob, pushContent } from "../support/registry/plain-push.ts";
import { publishChart } from "../support/registry/publish.ts";

const installed = (await findDebianRegistry()) !== undefined;

describe.skipIf(installed)("the catalogue of the real docker-registry", () => {
  test(debianRegistryIsNeeded, (context) => context.skip(debianRegistryIsNeeded));
});

describe.skipIf(!installed)("the catalogue of the real docker-registry", () => {
  /** It answers 400 to whoever asks for more names at once than its `catalog.maxentries`. */
  test("is read whole where its operator allows pages of a hundred at most", async () => {
    await using registry = await startDebianRegistry({ catalogMaximum: 100 });
    const archive = await smallChart("web", "1.0.0");
    const content = new RepositoryContent();
    await publishChart(content, { name: "web", version: "1.0.0", archive });
    await pushContent(registry, "team/web", content);
    const blob = { digest: digestOf(archive), from: "team/web" };
    for (let index = 0; index < 105; index += 1) await mountBlob(registry, `team/a${index}`, blob);
    await using mirror = await startMirror({
      team: { sources: [ociSource({ url: `oci://${registry.host}/team`, charts: "catalog" })] },
    });
    const { sources } = await mirror.waitFor("team", (status) => status.sources[0]?.state !== "unknown");
    expect(sources).toMatchObject([{ state: "ok", error: null, registry: { charts: 1, absentCount: 105 } }]);
    const { versions } = await mirror.sync("team");
    expect(versions.listed).toBe(1);
  });
});
