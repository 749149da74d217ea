import { generateRepository } from "../generate/generated-repository.ts";
import { chartVersion } from "../generate/entry.ts";
import { DirectoryUpstream } from "../support/directory-upstream.ts";
import { type BenchMirror, startBenchMirror } from "../support/mirror.ts";
import { startChartMuseum } from "./chartmuseum.ts";
import { startNaiveWorker } from "./naive-worker.ts";
import { startNginx } from "./nginx.ts";
import { isSkipped, type Peer, type Skipped } from "./peer.ts";
import type { Sample } from "./request-kinds.ts";
import { sampleOf } from "./sample.ts";

const charts = 40;
const entryBytes = 2000;
const archiveBytes = 20_000;
/** As large in a small repository as in a large one, so that they can be compared. */
const comparedChart = { name: "compared", versions: 50 };

/** The same repository behind every server. */
export interface Scene extends AsyncDisposable {
  indexBytes: number;
  sample: Sample;
  /** What the mirror and the naive Worker fetch from. Without a trailing slash. */
  upstream: string;
  nginx: Peer | Skipped;
  chartMuseum: Peer | Skipped;
  naive: Peer;
  mirror: BenchMirror;
}

/** @param versions of some 2 kB in the index, each with an archive of 20 kB */
export async function setScene(versions: number): Promise<Scene> {
  const repository = generateRepository({ versions, charts, entryBytes, archiveBytes });
  for (let index = 0; index < comparedChart.versions; index += 1) {
    repository.addVersion(comparedChart.name, chartVersion(index));
  }
  await using stack = new AsyncDisposableStack();
  const files = stack.use(await DirectoryUpstream.start());
  await files.writeArchives(repository);
  const indexBytes = await files.writeIndex(repository);
  const nginx = stack.use(await startNginx(files.directory));
  const upstream = isSkipped(nginx) ? files.url : nginx.url;
  const chartMuseum = stack.use(await startChartMuseum(files.directory));
  const naive = stack.use(await startNaiveWorker({ upstream }));
  const mirror = stack.use(await startBenchMirror(upstream, { copy: true }));
  await mirror.sync();
  const { listed } = (await mirror.status()).versions;
  if (listed !== repository.files.length) throw new Error(`${listed} versions are listed`);
  const sample = await sampleOf(repository, comparedChart.name);
  const kept = stack.move();
  return {
    indexBytes,
    sample,
    upstream,
    nginx,
    chartMuseum,
    naive,
    mirror,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
