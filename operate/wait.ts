import { setTimeout as sleep } from "node:timers/promises";
import type { Standing } from "./answers.ts";
import { type MirrorClient, MirrorRefusal } from "./mirror-client.ts";

/** Well below what the mirror lets one address ask in a minute. */
const askedEvery = 1000;

/** Waits until the repository's Keeper has nothing to do at once. */
export async function untilIdle(
  client: Pick<MirrorClient, "standing">,
  repository: string,
  show: (standing: Standing) => void,
): Promise<Standing> {
  for (;;) {
    const standing = await ask(client, repository);
    if (standing !== undefined && !standing.working) return standing;
    if (standing !== undefined) show(standing);
    await sleep(askedEvery);
  }
}

/** A mirror that is busy says so; what was begun goes on all the same. */
async function ask(
  client: Pick<MirrorClient, "standing">,
  repository: string,
): Promise<Standing | undefined> {
  try {
    return await client.standing(repository);
  } catch (error) {
    if (error instanceof MirrorRefusal && (error.status === 429 || error.status === 503)) return undefined;
    throw error;
  }
}
