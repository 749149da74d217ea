import type { BenchMirror } from "../support/mirror.ts";
import { names } from "./names.ts";
import { isSkipped, type Peer, type Skipped } from "./peer.ts";
import type { RegistryPeer } from "./registry.ts";
import { barePath, mirrorPath, type RequestKind, type Sample } from "./request-kinds.ts";
import type { RequestServer } from "./request-rounds.ts";
import type { Scene } from "./scene.ts";

export interface Stage {
  small: Scene;
  large: Scene;
  registry: RegistryPeer | Skipped;
}

/** Kinds whose answer is the same whatever the size of the repository around it, and so should its price be. */
export const sizelessKinds: readonly RequestKind[] = ["unchanged", "latest", "chart", "archive", "manifest"];

/** Whoever answers such a request, the mirror and the bare Worker first. */
export function serversFor(kind: RequestKind, { small, large, registry }: Stage): RequestServer[] {
  const servers = [
    ofMirror(names.mirror, small.mirror, mirrorPath(kind, small.sample)),
    ofMirror(names.bare, small.mirror, barePath(kind, small.sample)),
  ];
  if (sizelessKinds.includes(kind)) {
    servers.push(ofMirror(names.mirrorLarge, large.mirror, mirrorPath(kind, large.sample)));
  }
  const paths = peerPaths(kind, small.sample);
  servers.push(...ofPeer(names.nginx, small.nginx, paths.files));
  servers.push(...ofPeer(names.chartMuseum, small.chartMuseum, paths.chartMuseum));
  // Each of its indexes takes a second and more: several at once would only wait for each other.
  const connections = kind === "index" ? 1 : 8;
  servers.push(
    ...ofPeer(names.naive, small.naive, paths.files).map((server) => ({ ...server, connections })),
  );
  if (kind === "manifest" && !("skipped" in registry)) {
    const { host, path, version } = registry.chart;
    servers.push({ name: names.registry, url: `http://${host}/v2/${path}/manifests/${version}` });
  }
  return servers;
}

const ofMirror = (name: string, { url, workerd }: BenchMirror, path: string): RequestServer => ({
  name,
  url: url + path,
  workerd,
});

function ofPeer(name: string, peer: Peer | Skipped, path: string | undefined): RequestServer[] {
  return isSkipped(peer) || path === undefined ? [] : [{ name, url: peer.url + path }];
}

/** Where the peers have what is asked for. */
function peerPaths(kind: RequestKind, { chart, file }: Sample): { files?: string; chartMuseum?: string } {
  if (kind === "index" || kind === "unchanged") return { files: "/index.yaml", chartMuseum: "/index.yaml" };
  if (kind === "archive") return { files: `/${file}`, chartMuseum: `/charts/${file}` };
  return kind === "chart" ? { chartMuseum: `/api/charts/${chart}` } : {};
}
