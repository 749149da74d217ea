import { loadFor } from "../support/load.ts";
import { isSkipped, type Peer, type Skipped } from "./peer.ts";

/** How many requests a second could be made of a server that has nothing to do, so that nobody takes that for a server's. */
export async function generatorCapacity(nginx: Peer | Skipped): Promise<string> {
  if (isSkipped(nginx)) return "What the load generator could do alone is not known without nginx.";
  const { perSecond } = await loadFor(`${nginx.url}/-nothing`, { seconds: 2 });
  return `Of nginx, answering two bytes, the load generator gets ${Math.round(perSecond).toLocaleString("en")} requests/s.`;
}
