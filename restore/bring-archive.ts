import type { PlannedArchive } from "./plan.ts";
import { judge, putBytes, putDraft } from "./put-file.ts";
import type { Work } from "./work.ts";

const mebibyte = 1024 * 1024;
/** As large as the mirror takes them. */
const archiveBounds = { maxBytes: 40 * mebibyte, seconds: 600, identity: true };
/** As large as `limits.file` of a mirror may be. */
const provenanceBounds = { maxBytes: 8 * mebibyte, seconds: 60 };

/**
 * Brings one archive into the branch, and its provenance where the mirror has one. What is there with the
 * right digest is not fetched again; what comes with a wrong one does not stay.
 *
 * @throws {MirrorFailure} where the mirror cannot give what it may have
 */
export async function bringArchive(work: Work, archive: PlannedArchive): Promise<void> {
  const { folder, force, tally } = work;
  const verdict = judge(await folder.standing(archive.path), archive.digest, force);
  if (verdict === "there") tally.there += 1;
  else if (verdict !== "write") {
    tally.add("in-the-way", `${archive.title} (${archive.path})`, verdict.inTheWay);
    return;
  } else if (!(await fetchArchive(work, archive))) return;
  await bringProvenance(work, archive);
}

async function fetchArchive(work: Work, archive: PlannedArchive): Promise<boolean> {
  const { mirror, folder, tally } = work;
  const answer = await mirror.get(`/${archive.from}`, archiveBounds, (body) =>
    folder.draft(tally.counting(body)),
  );
  if (!answer.found) {
    tally.add("missing", archive.title, `the mirror does not have it${archive.hint}`);
    return false;
  }
  const draft = answer.value;
  if (draft.sha256 !== archive.digest) {
    await folder.discard(draft);
    const why = `the index lists ${archive.digest}, the mirror gave bytes of ${draft.sha256}`;
    tally.add("mismatch", archive.title, why);
    return false;
  }
  const isThere = await putDraft(work, draft, archive.path, `${archive.title} (${archive.path})`);
  if (isThere) tally.fetched += 1;
  return isThere;
}

async function bringProvenance(work: Work, archive: PlannedArchive): Promise<void> {
  const answer = await work.mirror.bytes(`/${archive.from}.prov`, provenanceBounds);
  if (!answer.found) return;
  const path = `${archive.path}.prov`;
  // It stays as it came: it may have been wrong upstream as well, and then that is what the branch had.
  if (!Buffer.from(answer.value).includes(archive.digest)) {
    work.tally.add("mismatch", path, "does not speak of its archive's digest; it is written all the same");
  }
  if (await putBytes(work, answer.value, path)) work.tally.signed += 1;
}
