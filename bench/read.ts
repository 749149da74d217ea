import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { generateRepository, type GeneratedRepository } from "./generate/generated-repository.ts";
import { DirectoryUpstream } from "./support/directory-upstream.ts";
import { type Figure, median, megabytes, seconds, times } from "./support/figures.ts";
import { type BenchMirror, startBenchMirror } from "./support/mirror.ts";

const versions = 10_000;
const rounds = 3;
/** As on the platform: the JavaScript heap ends at 128 MB. */
const heapFlags = "--max-heap-size=128";

export interface Reading {
  indexBytes: number;
  first: number;
  again: number;
  unchanged: number;
  /** Growth of workerd's resident memory over its start, at its peak. */
  growth: number;
}

/** CPU of workerd, all of it, while an index of so many versions is read; nothing is copied. */
export async function measureReading(count: number, entryBytes: number): Promise<Reading> {
  const repository = generateRepository({ versions: count, charts: 100, entryBytes });
  await using upstream = await DirectoryUpstream.start();
  const indexBytes = await upstream.writeIndex(repository);
  process.env["MINIFLARE_WORKERD_V8_FLAGS"] = heapFlags;
  await using mirror = await startBenchMirror(upstream.url, { copy: false });
  delete process.env["MINIFLARE_WORKERD_V8_FLAGS"];
  await fetch(`${mirror.url}/healthz`);
  const idle = mirror.workerd.residentBytes();
  const first = await mirror.sync();
  await requireRead(mirror, count);
  addTen(repository);
  await upstream.writeIndex(repository);
  const again = await mirror.sync();
  await requireRead(mirror, count + 10);
  const unchanged = await mirror.sync();
  const growth = mirror.workerd.peakBytes() - idle;
  return { indexBytes, first: first.cpu, again: again.cpu, unchanged: unchanged.cpu, growth };
}

function addTen(repository: GeneratedRepository): void {
  for (const chart of repository.charts.slice(0, 10)) repository.addVersion(chart, "999.0.0");
}

async function requireRead(mirror: BenchMirror, count: number): Promise<void> {
  const { versions: counted } = await mirror.status();
  if (counted.pending !== count) throw new Error(`${counted.pending} of ${count} versions were read`);
}

/** What `yaml` needs for a whole document in the same runtime, its heap not capped: it would not survive that. */
async function measureWholeDocument(index: string): Promise<{ cpu: number; growth: number }> {
  await using upstream = await DirectoryUpstream.start();
  await upstream.write("index.yaml", index);
  await using mirror = await startBenchMirror(upstream.url, { copy: false });
  await fetch(`${mirror.url}/healthz`);
  const [idle, before] = [mirror.workerd.residentBytes(), mirror.workerd.cpuSeconds()];
  const answer = await fetch(
    `${mirror.url}/-bench/yaml?url=${encodeURIComponent(`${upstream.url}/index.yaml`)}`,
  );
  if (!answer.ok) throw new Error(`yaml gave up: ${answer.status} ${await answer.text()}`);
  await answer.text();
  return { cpu: mirror.workerd.cpuSeconds() - before, growth: mirror.workerd.peakBytes() - idle };
}

/** An index rebuilt from real archives, twice side by side, where the folder that holds it is given. */
async function realIndex(folder: string): Promise<string> {
  const one = gunzipSync(await readFile(join(folder, "large/helm-stable.yaml.gz"))).toString();
  const [opening = "", rest = ""] = one.split(/^entries:\n/m, 2);
  const end = rest.search(/^\S/m);
  const entries = end < 0 ? rest : rest.slice(0, end);
  const renamed = entries.replaceAll(/^ {2}(?=[^\s-])/gm, "  again-");
  return `${opening}entries:\n${entries}${renamed}${end < 0 ? "" : rest.slice(end)}`;
}

async function realFigure(folder: string): Promise<Figure> {
  const index = await realIndex(folder);
  await using upstream = await DirectoryUpstream.start();
  await upstream.write("index.yaml", index);
  await using mirror = await startBenchMirror(upstream.url, { copy: false });
  await fetch(`${mirror.url}/healthz`);
  const { cpu } = await mirror.sync();
  const read = (await mirror.status()).versions.pending;
  const whole = await measureWholeDocument(index);
  return {
    what: `first read of a real ${megabytes(index.length)} index, ${read} versions: CPU`,
    result: `${seconds(cpu)}; \`yaml\`, whole document: ${seconds(whole.cpu)} and ${megabytes(whole.growth)} (${times(whole.cpu / cpu)})`,
    reach: "≤ 2.5 s, ≤ a third",
  };
}

export async function readFigures(): Promise<Figure[]> {
  const corpus = process.env["CHARTKEEP_CORPUS"];
  const generated = generateRepository({ versions, charts: 100, entryBytes: 2000 });
  const readings: Reading[] = [];
  for (let round = 0; round < rounds; round += 1) readings.push(await measureReading(versions, 2000));
  const whole = await measureWholeDocument(await generated.index());
  const first = median(readings.map((reading) => reading.first));
  const size = megabytes(readings[0]?.indexBytes ?? 0);
  return [
    ...(corpus === undefined ? [] : [await realFigure(corpus)]),
    {
      what: `first read of a ${size} index, ${versions} versions: CPU`,
      result: `${seconds(first)}; \`yaml\`, whole document: ${seconds(whole.cpu)} (${times(whole.cpu / first)})`,
      reach: "≤ 2.5 s, ≤ a third",
    },
    {
      what: "the same with ten new versions: CPU",
      result: seconds(median(readings.map((reading) => reading.again))),
      reach: "≤ 0.4 s",
    },
    {
      what: "a check answered 304: CPU",
      result: seconds(median(readings.map((reading) => reading.unchanged))),
      reach: "–",
    },
    {
      what: "memory over the idle process while doing so, heap capped at 128 MB",
      result: `${megabytes(median(readings.map((reading) => reading.growth)))}; \`yaml\`, uncapped: ${megabytes(whole.growth)}`,
      reach: "< 100 MB",
    },
  ];
}
