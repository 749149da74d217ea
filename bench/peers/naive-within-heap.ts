import { size } from "./helm-tables.ts";
import { startNaiveWorker } from "./naive-worker.ts";
import type { Scene } from "./scene.ts";

/** Megabytes that an isolate has on the platform. */
const heap = 128;

/** Above, the naive Worker has all the memory that it wants; on the platform it would not. */
export async function naiveWithinHeap(scenes: readonly Scene[]): Promise<string> {
  const told: string[] = [];
  for (const { indexBytes, upstream } of scenes) {
    await using naive = await startNaiveWorker({ upstream, heap });
    const answer = await fetch(`${naive.url}/index.yaml`).catch(() => undefined);
    const isWhole = answer?.ok === true && (await answer.text().catch(() => "")).length > indexBytes / 2;
    told.push(`${isWhole ? "answers" : "does not survive"} with ${size(indexBytes)} of index`);
  }
  return `With its JavaScript heap capped at the platform's ${heap} MB, the naive Worker ${told.join(" and ")}.\n`;
}
