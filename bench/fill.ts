import { generateRepository } from "./generate/generated-repository.ts";
import { DirectoryUpstream } from "./support/directory-upstream.ts";
import { type Figure, median, seconds, times } from "./support/figures.ts";
import { type BenchMirror, startBenchMirror } from "./support/mirror.ts";

const versions = 1400;
const rounds = 3;

interface Fill {
  plain: number;
  storing: number;
  fill: number;
}

/**
 * The same files in three ways, in one run of one workerd: only fetched; fetched and put into R2; mirrored.
 * Six requests at a time each, and every archive's provenance is asked for, which is not there.
 */
async function measureFill(delay: number): Promise<Fill> {
  const repository = generateRepository({ versions, charts: 20, entryBytes: 1000, archiveBytes: 20_000 });
  await using upstream = await DirectoryUpstream.start(delay);
  await upstream.writeIndex(repository);
  await upstream.writeArchives(repository);
  const urls = repository.files.flatMap((file) => [
    `${upstream.url}/${file}`,
    `${upstream.url}/${file}.prov`,
  ]);
  const fills: Fill[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await using mirror = await startBenchMirror(upstream.url, { copy: true });
    await plainRequests(mirror, urls.slice(0, 100), "fetch"); // warm
    const plain = await plainRequests(mirror, urls, "fetch");
    const storing = await plainRequests(mirror, urls, "fetch-and-store");
    const { wall } = await mirror.sync();
    const { listed } = (await mirror.status()).versions;
    if (listed !== versions) throw new Error(`${listed} of ${versions} versions are listed`);
    fills.push({ plain, storing, fill: wall });
  }
  return {
    plain: median(fills.map(({ plain }) => plain)),
    storing: median(fills.map(({ storing }) => storing)),
    fill: median(fills.map(({ fill }) => fill)),
  };
}

async function plainRequests(mirror: BenchMirror, urls: string[], how: string): Promise<number> {
  const begin = performance.now();
  const answer = await fetch(`${mirror.url}/-bench/${how}`, { method: "POST", body: JSON.stringify(urls) });
  if (!answer.ok) throw new Error(`${how}: ${answer.status} ${await answer.text()}`);
  await answer.text();
  return (performance.now() - begin) / 1000;
}

const told = ({ plain, storing, fill }: Fill): string =>
  `${seconds(fill)}; fetching alone ${seconds(plain)} (${times(fill / plain)}), fetching and storing ${seconds(storing)} (${times(fill / storing)})`;

export async function fillFigures(): Promise<Figure[]> {
  return [
    {
      what: `first fill of ${versions} archives of 20 kB, upstream on loopback`,
      result: told(await measureFill(0)),
      reach: "≤ 2× fetching alone",
    },
    {
      what: "the same with an upstream that takes 10 ms to answer",
      result: told(await measureFill(10)),
      reach: "≤ 2× fetching alone",
    },
  ];
}
