import { generateRepository } from "./generate/generated-repository.ts";
import { DirectoryUpstream } from "./support/directory-upstream.ts";
import type { Figure } from "./support/figures.ts";
import { whereKept } from "./support/memory-folder.ts";
import { startBenchMirror } from "./support/mirror.ts";
import { type ThreeWays, measureThreeWays, toldThreeWays } from "./support/three-ways.ts";

const versions = 1400;

/** Every archive's provenance is asked for as well, which is not there. */
async function measureFill(delay: number): Promise<ThreeWays> {
  const repository = generateRepository({ versions, charts: 20, entryBytes: 1000, archiveBytes: 20_000 });
  await using upstream = await DirectoryUpstream.start(delay);
  await upstream.writeIndex(repository);
  await upstream.writeArchives(repository);
  const urls = repository.files.flatMap((file) => [
    `${upstream.url}/${file}`,
    `${upstream.url}/${file}.prov`,
  ]);
  const start = () => startBenchMirror(upstream.url, { copy: true });
  return await measureThreeWays({ start, urls, missing: versions, versions });
}

export async function fillFigures(): Promise<Figure[]> {
  return [
    {
      what: `first fill of ${versions} archives of 20 kB, upstream on loopback, ${whereKept}`,
      result: toldThreeWays(await measureFill(0)),
      reach: "≤ 2× fetching alone",
    },
    {
      what: "the same with an upstream that takes 10 ms to answer",
      result: toldThreeWays(await measureFill(10)),
      reach: "≤ 2× fetching alone",
    },
  ];
}
