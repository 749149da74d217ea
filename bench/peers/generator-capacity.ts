import { loadFor } from "../support/load.ts";
import { isSkipped, type Peer, type Skipped } from "./peer.ts";

const seconds = 1;

/** What the load generator gets of a server that has next to nothing to do, so that nobody takes its limits for a server's. */
export async function generatorCapacity(nginx: Peer | Skipped): Promise<string> {
  if (isSkipped(nginx)) return "What the load generator could do alone is not known without nginx.";
  const short = await loadFor(`${nginx.url}/-nothing`, { seconds });
  const long = await loadFor(`${nginx.url}/index.yaml`, { seconds });
  const rate = Math.round(short.perSecond).toLocaleString("en");
  const speed = Math.round((long.perSecond * long.bytes) / 1e6).toLocaleString("en");
  return `Of nginx, the load generator gets ${rate} answers of two bytes a second, and ${speed} MB/s of its index.`;
}
