import { readBounded } from "./bounded-fetch.ts";
import type { MemoryGate } from "./memory-gate.ts";

/**
 * Hands a body's bytes to `use`, and keeps them counted as held until it is done.
 * @throws {UpstreamError} too-large beyond `maxBytes`; unreachable or timeout when the body breaks off
 */
export async function useHeld<T>(
  response: Response,
  address: string,
  { maxBytes, gate }: { maxBytes: number; gate: MemoryGate },
  use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>,
): Promise<T> {
  const announced = Number.parseInt(response.headers.get("content-length") ?? "", 10);
  const held = Number.isNaN(announced) ? maxBytes : Math.min(announced, maxBytes);
  return await gate.hold(held, async () => use(await readBounded(response, address, maxBytes)));
}
