import type { Helm } from "../../test/support/helm.ts";
import { repository } from "../support/mirror.ts";
import { measureOciPulls } from "./helm-oci.ts";
import { type CommandFigures, type HelmFigures, type HelmTarget, measureHelm } from "./helm-rounds.ts";
import { names } from "./names.ts";
import { isSkipped, type Skipped } from "./peer.ts";
import type { OciChart, RegistryPeer } from "./registry.ts";
import type { Scene } from "./scene.ts";

/** What came out for everyone who was measured, and why others were not. */
export interface HelmResults {
  http: ReadonlyMap<string, HelmFigures>;
  /** `helm pull oci://…` */
  oci: ReadonlyMap<string, CommandFigures>;
  skipped: ReadonlyMap<string, string>;
}

export async function helmResults(
  helm: Helm,
  scene: Scene,
  registry: RegistryPeer | Skipped,
  rounds: number,
): Promise<HelmResults> {
  const { targets, skipped } = targetsOf(scene);
  const http = await measureHelm(helm, targets, scene.sample, rounds);
  const charts = new Map([[names.mirrorOci, mirroredChart(scene)]]);
  if ("skipped" in registry) skipped.set(names.registryOci, registry.skipped);
  else charts.set(names.registryOci, registry.chart);
  return { http, oci: await measureOciPulls(helm, charts, rounds), skipped };
}

function mirroredChart({ mirror, sample: { chart, version } }: Scene): OciChart {
  return { host: new URL(mirror.url).host, path: `${repository}/${chart}`, version };
}

function targetsOf({ nginx, chartMuseum, naive, mirror, sample }: Scene) {
  const targets: HelmTarget[] = [];
  const skipped = new Map<string, string>();
  for (const [name, peer] of [
    [names.nginx, nginx],
    [names.chartMuseum, chartMuseum],
    [names.naive, naive],
  ] as const) {
    if (isSkipped(peer)) skipped.set(name, peer.skipped);
    else targets.push({ name, url: peer.url });
  }
  targets.push(
    { name: names.full, url: `${mirror.url}/${repository}` },
    { name: names.latest, url: `${mirror.url}/${repository}@latest` },
    { name: names.oneChart, url: `${mirror.url}/${repository}/${sample.chart}` },
  );
  return { targets, skipped };
}
