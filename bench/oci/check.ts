import { presets } from "../../test/support/registry/presets.ts";
import { startRegistry } from "../../test/support/registry/registry.ts";
import { publishCharts } from "../generate/registry-charts.ts";
import { type Figure, seconds } from "../support/figures.ts";
import { startRegistryMirror } from "./mirror.ts";
import { type QuietCheck, measureQuietCheck } from "./quiet-check.ts";

export const charts = 50;
const path = "charts";

export interface RegistryReading {
  /** Seconds of workerd's CPU until every tag was read, and copied as well if that was asked for. */
  first: number;
  wall: number;
  plain: QuietCheck;
  /** The same registry with GHCR's manners. */
  ghcr: QuietCheck;
  /** With a ten minutes' share of the tags looked at again, as each of them is once a day. */
  rechecking: QuietCheck;
}

/** So many tags of fifty charts: read for the first time, then checked again. */
export async function measureRegistry(tags: number, options: { copy: boolean }): Promise<RegistryReading> {
  await using registry = await startRegistry({ referrers: "off" });
  const names = await publishCharts(registry.content, { path, charts, versions: tags / charts });
  await using mirror = await startRegistryMirror(`${registry.host}/${path}`, names, options);
  const { cpu, wall } = await mirror.sync();
  const { stored, pending } = (await mirror.status()).versions;
  if ((options.copy ? stored : pending) !== tags) throw new Error(`${stored + pending} of ${tags} are read`);
  const plain = await measureQuietCheck(mirror, registry);
  Object.assign(registry.settings, presets.ghcr);
  const ghcr = await measureQuietCheck(mirror, registry);
  const rechecking = await measureQuietCheck(mirror, registry, Math.ceil(tags / 144));
  return { first: cpu, wall, plain, ghcr, rechecking };
}

const told = ({ requests, writes, cpu }: QuietCheck): string =>
  `${requests}; ${writes.length === 0 ? "nothing" : writes.join(", ")}; ${seconds(cpu)}`;

export async function registryCheckFigures(): Promise<Figure[]> {
  const { plain, ghcr, rechecking } = await measureRegistry(4000, { copy: true });
  return [
    {
      what: `a check of ${charts} charts with 4,000 tags, nothing new, by a Keeper that just woke up: requests; writes; CPU`,
      result: told(plain),
      reach: "a request a chart; the status alone; ≤ 0.3 s",
    },
    {
      what: "the same of a registry with GHCR's manners",
      result: told(ghcr),
      reach: "a request a chart, and the token; the status alone; ≤ 0.3 s",
    },
    {
      what: "and with the tags looked at again whose turn it is in ten minutes of a day",
      result: told(rechecking),
      reach: "–",
    },
  ];
}
