import { setTimeout as delay } from "node:timers/promises";
import { startIncident, versions } from "../../test/support/incident.ts";
import { type Mirror, startMirror } from "../../test/support/mirror.ts";
import { httpSource, ociSource } from "../../test/support/mirrored-repository.ts";
import { type Figure, median, seconds } from "../support/figures.ts";

const name = "prometheus-community";
/** Seconds; in earnest it is minutes, and what comes on top of it is the same. */
const interval = 3;
const rounds = 3;
const fewestRequests = 1000;
const later = "2.1.0";

interface Rescue {
  /** Seconds from the deletion, and the release that only the registry got, until the mirror's index has it. */
  until: number;
  requests: number;
  refused: number;
}

/** The branch goes, and the release comes, right behind a check: no moment is worse. */
async function measureRescue(): Promise<Rescue> {
  await using incident = await startIncident();
  const sources = [httpSource({ url: incident.pagesUrl }), ociSource({ url: incident.registryUrl })];
  await using mirror = await startMirror({ [name]: { interval, sources } });
  await mirror.sync(name);
  const [first] = await mirror.listed(name);
  await untilChecked(mirror);
  incident.deleteBranch();
  await incident.pushToRegistry("prometheus", later);
  const begin = performance.now();
  const watch = new AbortController();
  const paths = ["index.yaml", first?.urls[0] ?? "", `prometheus-${versions[0]}.tgz`];
  const reading = readOn(mirror, paths, watch.signal);
  while (!(await mirror.indexText(name)).includes(`"version":"${later}"`)) await delay(20);
  const until = (performance.now() - begin) / 1000;
  watch.abort();
  return { until, ...(await reading) };
}

async function untilChecked(mirror: Mirror): Promise<void> {
  const checkedAt = async () => (await mirror.status(name)).sources.at(-1)?.checkedAt;
  const before = await checkedAt();
  while ((await checkedAt()) === before) await delay(10);
}

/** A reader for each path, until the end, and until there were requests enough. */
async function readOn(
  mirror: Mirror,
  paths: readonly string[],
  end: AbortSignal,
): Promise<Omit<Rescue, "until">> {
  let requests = 0;
  let refused = 0;
  const read = async (path: string): Promise<void> => {
    while (!end.aborted || requests < fewestRequests) {
      const answer = await mirror.fetch(`${name}/${path}`);
      await answer.arrayBuffer();
      requests += 1;
      if (answer.status !== 200) refused += 1;
    }
  };
  await Promise.all(paths.map(read));
  return { requests, refused };
}

export async function incidentFigures(): Promise<Figure[]> {
  const rescues: Rescue[] = [];
  for (let round = 0; round < rounds; round += 1) rescues.push(await measureRescue());
  const sum = (what: "requests" | "refused"): number =>
    rescues.reduce((total, rescue) => total + rescue[what], 0);
  const until = median(rescues.map((rescue) => rescue.until));
  return [
    {
      what: `the gh-pages branch is deleted, a release goes to the registry alone, both right behind a check: until it is served (interval ${interval} s)`,
      result: `${seconds(until)}, the interval and ${seconds(until - interval)}`,
      reach: "one interval",
    },
    {
      what: "index and archives requested meanwhile",
      result: `${sum("requests")}, of which ${sum("refused")} were refused`,
      reach: "0 refused",
    },
  ];
}
