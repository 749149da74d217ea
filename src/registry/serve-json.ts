import { sha256 } from "../storage/archive-store.ts";
import { serveBytes, type ServedBytes } from "./serve-bytes.ts";

/** Lists: kept for as long as an index, and given anew only where they changed. */
export async function serveJson(
  request: Request,
  value: object,
  served: Pick<ServedBytes, "repositories" | "headers"> & { type?: string },
): Promise<Response> {
  const bytes = new Uint8Array(new TextEncoder().encode(JSON.stringify(value)));
  const digest = await sha256(bytes);
  return serveBytes(request, { type: "application/json", ...served, bytes, digest, policy: "index" });
}
