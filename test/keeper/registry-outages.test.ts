import { describe, expect, test } from "vitest";
import { refusal } from "../support/fake-registry.ts";
import { publishUpstream, requireEveryArchive, statusOf } from "../support/keeper-harness.ts";
import {
  hour,
  interval,
  live,
  repositorySource,
  withRegistry,
  withSources,
} from "../support/registry-harness.ts";

/** Seconds after which a failed check is tried again for the first time. */
const retry = 30;

describe("what failed while a source was down is tried again as soon as it answers", () => {
  // Six failures in a row pause what is asked for.
  test.each([
    [1, 12 * hour, interval],
    [8, 12 * hour, interval],
    [1, 10, retry],
    [8, 10, retry],
  ])(
    "the archives of %i versions, after a repository was down for %i s more",
    async (count, outage, soon) => {
      await withSources([repositorySource], async (harness) => {
        await publishUpstream(harness, count);
        const { files } = harness.upstream;
        const all = new Map(files);
        const down = (): Response => new Response("", { status: 503 });
        for (const path of files.keys()) if (path.endsWith(".tgz")) files.set(path, down);
        await live(harness, interval - 1);
        for (const path of files.keys()) files.set(path, down);
        await live(harness, outage);
        expect(statusOf(harness).sources[0]?.state).toBe("failing");
        for (const [path, file] of all) files.set(path, file);
        await live(harness, soon);
        expect(await requireEveryArchive(harness)).toBe(count);
      });
    },
  );

  test.each([1, 8])("the tags of %i versions in a registry", async (count) => {
    await withRegistry({}, async (harness, registry) => {
      for (let minor = 0; minor < count; minor += 1) await registry.push("alpha", `1.${minor}.0`, `${minor}`);
      const down = (): Response => refusal(500, "UNKNOWN");
      registry.fault = (path) => (path.includes("/manifests/") ? down() : undefined);
      await live(harness, interval - 1);
      registry.fault = down;
      await live(harness, 10);
      expect(statusOf(harness).sources[0]?.state).toBe("failing");
      registry.fault = undefined;
      await live(harness, retry);
      expect(await requireEveryArchive(harness)).toBe(count);
    });
  });
});
