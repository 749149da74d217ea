import type { Draft, Standing } from "./branch-folder.ts";
import type { Work } from "./work.ts";

/** What to do about a file, by what stands at its place. */
export type Verdict = "there" | "write" | { inTheWay: string };

/** A file that is not the one wanted is somebody's: it goes only where that was asked for. */
export function judge(standing: Standing, sha256: string, force: boolean): Verdict {
  if (standing.kind === "nothing") return "write";
  if (standing.kind === "other") return { inTheWay: `${standing.what}, which is never replaced` };
  if (standing.sha256 === sha256) return "there";
  return force ? "write" : { inTheWay: "a file with other bytes stands there; --force replaces it" };
}

/**
 * Brings a draft to its place unless something is in the way, which is told. The draft is gone afterwards.
 *
 * @returns whether the file is there now
 */
export async function putDraft(work: Work, draft: Draft, path: string, what = path): Promise<boolean> {
  const { folder, force, tally } = work;
  try {
    const verdict = judge(await folder.standing(path), draft.sha256, force);
    if (verdict === "write") await folder.place(draft, path);
    else if (verdict !== "there") tally.add("in-the-way", what, verdict.inTheWay);
    return verdict === "write" || verdict === "there";
  } finally {
    await folder.discard(draft);
  }
}

export async function putBytes(work: Work, bytes: Uint8Array, path: string): Promise<boolean> {
  return await putDraft(work, await work.folder.draft([bytes]), path);
}
