import { generateRepository } from "./generate/generated-repository.ts";
import { DirectoryUpstream } from "./support/directory-upstream.ts";
import { type Figure, median, times } from "./support/figures.ts";
import { loadFor } from "./support/load.ts";
import { type BenchMirror, repository as name, startBenchMirror } from "./support/mirror.ts";

const rounds = 5;
const secondsEach = 3;

/** Requests a second, and requests a second of workerd's CPU, over a bare Worker's; round by round, in turn. */
async function compare(mirror: BenchMirror, path: string, barePath: string) {
  const rates: number[] = [];
  const ratios: { wall: number; cpu: number }[] = [];
  for (const warmed of [path, barePath]) await measure(mirror, warmed, 1);
  for (let round = 0; round < rounds; round += 1) {
    const ours = await measure(mirror, path, secondsEach);
    const bare = await measure(mirror, barePath, secondsEach);
    rates.push(ours.perSecond);
    ratios.push({ wall: ours.perSecond / bare.perSecond, cpu: ours.perCpuSecond / bare.perCpuSecond });
  }
  return {
    perSecond: median(rates),
    wall: median(ratios.map(({ wall }) => wall)),
    cpu: median(ratios.map(({ cpu }) => cpu)),
  };
}

async function measure(mirror: BenchMirror, path: string, seconds: number) {
  const before = mirror.workerd.cpuSeconds();
  const { requests, elapsed } = await loadFor(`${mirror.url}${path}`, { seconds });
  const cpu = mirror.workerd.cpuSeconds() - before;
  return { perSecond: requests / elapsed, perCpuSecond: requests / cpu };
}

const told = ({ perSecond, wall, cpu }: Awaited<ReturnType<typeof compare>>): string =>
  `${Math.round(perSecond)} requests/s, ${times(wall)} of the bare Worker's (${times(cpu)} by CPU)`;

export async function requestFigures(): Promise<Figure[]> {
  const repository = generateRepository({
    versions: 700,
    charts: 20,
    entryBytes: 1000,
    archiveBytes: 20_000,
  });
  await using upstream = await DirectoryUpstream.start();
  const indexBytes = await upstream.writeIndex(repository);
  await upstream.writeArchives(repository);
  await using mirror = await startBenchMirror(upstream.url, { copy: true });
  await mirror.sync();
  const [chart = ""] = repository.charts;
  const [version = ""] = repository.versions(chart);
  const digest = (await repository.digest(chart, version)) ?? "";
  const archive = `/${name}/charts/${digest}/${chart}-${version}.tgz`;
  return [
    {
      what: `index.yaml, ${Math.round(indexBytes / 1000)} kB`,
      result: told(await compare(mirror, `/${name}/index.yaml`, `/-bench/bare/index/${name}`)),
      reach: "≥ 0.9×",
    },
    {
      what: "an archive of 20 kB by its digest",
      result: told(await compare(mirror, archive, `/-bench/bare/archive/${digest}`)),
      reach: "≥ 0.9×",
    },
  ];
}
