import { median, seconds, times } from "./figures.ts";
import type { BenchMirror } from "./mirror.ts";

const rounds = 3;

/** Seconds for the same files: only fetched; fetched and put into R2; mirrored. */
export interface ThreeWays {
  plain: number;
  storing: number;
  fill: number;
}

export interface Filling {
  start: () => Promise<BenchMirror>;
  /** What a fill cannot do without. */
  urls: readonly string[];
  /** How many of them lead nowhere. */
  missing: number;
  /** Chart versions that are listed in the end. */
  versions: number;
}

/** Medians. All three ways in one run of one workerd, six requests at a time, with a new workerd each round. */
export async function measureThreeWays(filling: Filling): Promise<ThreeWays> {
  const runs: ThreeWays[] = [];
  for (let round = 0; round < rounds; round += 1) runs.push(await measureOnce(filling));
  const middle = (way: keyof ThreeWays): number => median(runs.map((run) => run[way]));
  return { plain: middle("plain"), storing: middle("storing"), fill: middle("fill") };
}

async function measureOnce({ start, urls, missing, versions }: Filling): Promise<ThreeWays> {
  await using mirror = await start();
  await plainRequests(mirror, urls.slice(0, 100), "fetch"); // warm
  const plain = await plainRequests(mirror, urls, "fetch");
  const storing = await plainRequests(mirror, urls, "fetch-and-store");
  if (plain.refused !== missing) throw new Error(`${plain.refused} files were not there, not ${missing}`);
  const { wall } = await mirror.sync();
  const { listed } = (await mirror.status()).versions;
  if (listed !== versions) throw new Error(`${listed} of ${versions} versions are listed`);
  return { plain: plain.elapsed, storing: storing.elapsed, fill: wall };
}

async function plainRequests(
  mirror: BenchMirror,
  urls: readonly string[],
  how: string,
): Promise<{ elapsed: number; refused: number }> {
  const begin = performance.now();
  const answer = await fetch(`${mirror.url}/-bench/${how}`, { method: "POST", body: JSON.stringify(urls) });
  if (!answer.ok) throw new Error(`${how}: ${answer.status} ${await answer.text()}`);
  const { refused }: { refused: number } = await answer.json();
  return { elapsed: (performance.now() - begin) / 1000, refused };
}

export const toldThreeWays = ({ plain, storing, fill }: ThreeWays): string =>
  `${seconds(fill)}; fetching alone ${seconds(plain)} (${times(fill / plain)}), fetching and storing ${seconds(storing)} (${times(fill / storing)})`;
