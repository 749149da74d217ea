import { RegistryContent } from "../../test/support/registry/content.ts";
import {
  debianRegistryIsNeeded,
  findDebianRegistry,
  startDebianRegistry,
} from "../../test/support/registry/debian-registry.ts";
import { pushContent } from "../../test/support/registry/plain-push.ts";
import { chartVersion } from "../generate/entry.ts";
import { publishCharts } from "../generate/registry-charts.ts";
import { skipped, type Skipped } from "./peer.ts";

const path = "charts";
const versions = 50;

/** A chart in an OCI registry, as `helm pull oci://…` finds it. */
export interface OciChart {
  /** `127.0.0.1:<port>` */
  host: string;
  /** Of the chart: `charts/<name>` */
  path: string;
  version: string;
}

export interface RegistryPeer extends AsyncDisposable {
  chart: OciChart;
}

/** Debian's docker-registry with one chart in fifty versions: how many others there are is nothing to it. */
export async function startRegistryPeer(): Promise<RegistryPeer | Skipped> {
  if ((await findDebianRegistry()) === undefined) return skipped(debianRegistryIsNeeded);
  const content = new RegistryContent();
  const [name = ""] = await publishCharts(content, { path, charts: 1, versions, archiveBytes: 20_000 });
  const registry = await startDebianRegistry();
  await pushContent(registry, `${path}/${name}`, content.ensure(`${path}/${name}`));
  return {
    chart: { host: registry.host, path: `${path}/${name}`, version: chartVersion(versions - 1) },
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  };
}
