import { availableHelms, helmHome } from "../test/support/helm.ts";
import { generateRepository } from "./generate/generated-repository.ts";
import { DirectoryUpstream } from "./support/directory-upstream.ts";
import { type Figure, median, seconds, times } from "./support/figures.ts";
import { repository as name, startBenchMirror } from "./support/mirror.ts";

const rounds = 7;

/** The real Helm, with the upstream and with the mirror in turn. */
export async function helmFigures(): Promise<Figure[]> {
  const [helm] = await availableHelms();
  if (helm === undefined) return [{ what: "Helm", result: "skipped: no helm for this machine", reach: "–" }];
  const repository = generateRepository({ versions: 4000, charts: 80, entryBytes: 1000 });
  await using upstream = await DirectoryUpstream.start();
  const indexBytes = await upstream.writeIndex(repository);
  await upstream.writeArchives(repository);
  await using mirror = await startBenchMirror(upstream.url, { copy: true });
  await mirror.sync();
  const homes = { direct: await helmHome(helm), mirrored: await helmHome(helm) };
  await homes.direct.succeed("repo", "add", "charts", upstream.url);
  await homes.mirrored.succeed("repo", "add", "charts", `${mirror.url}/${name}`);
  const figures: Figure[] = [];
  for (const command of [
    ["repo", "update"],
    ["search", "repo", "charts"],
  ]) {
    const ratios: number[] = [];
    const walls: { direct: number[]; mirrored: number[] } = { direct: [], mirrored: [] };
    for (let round = 0; round < rounds; round += 1) {
      const direct = await timed(() => homes.direct.succeed(...command));
      const mirrored = await timed(() => homes.mirrored.succeed(...command));
      walls.direct.push(direct);
      walls.mirrored.push(mirrored);
      ratios.push(mirrored / direct);
    }
    figures.push({
      what: `\`helm ${command.slice(0, 2).join(" ")}\`, ${(indexBytes / 1e6).toFixed(1)} MB index, ${helm.name}`,
      result: `${seconds(median(walls.mirrored))} through the mirror, ${seconds(median(walls.direct))} directly (${times(median(ratios))})`,
      reach: "≤ 0.5×",
    });
  }
  return figures;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}
