import { versionSortKey } from "../helm/version.ts";
import { versionOfTag } from "../oci/reference.ts";
import { chartLines, parseRegistryLine } from "../storage/read-registry.ts";
import type { RegistryVersion } from "../storage/registry-lines.ts";
import type { MemberCheck } from "./check-member.ts";
import { keptRow } from "./registry-document.ts";

/**
 * Takes over what a member says to registry clients beside its index: with which manifests archives came from a
 * registry, and what is kept beside them, so that signatures hold under this name as well. All of it is in
 * storage, under its own digest. A member without such a document has nothing of the kind.
 */
export async function takeInRegistryLines(check: MemberCheck, revision: string): Promise<void> {
  const { ledger, row, member, now } = check;
  const contents = await member.contents(revision);
  const body = contents && (await member.open(revision, "registry.txt"));
  if (contents === undefined || body === undefined) return;
  let isNew = false;
  for await (const { chart, text } of chartLines(body, contents)) {
    const line = parseRegistryLine(text);
    if (line?.kind === "version") isNew = takeVersion(check, chart, line) || isNew;
    else if (line?.kind === "kept") isNew = ledger.kept.keep(row.id, keptRow(chart, line), now) || isNew;
  }
  if (isNew) ledger.listingChanged();
}

/** @returns whether it says something new of a version that was taken in */
function takeVersion({ ledger, source, now }: MemberCheck, chart: string, line: RegistryVersion): boolean {
  const { tag, archive, original, synthetic } = line;
  if (original === undefined && synthetic.provenance === undefined) return false;
  const version = versionOfTag(tag);
  const releases = ledger.releases.ofVersion(chart, versionSortKey(version) ?? version);
  const release = releases.find(({ digest }) => digest === archive.digest);
  if (release === undefined) return false;
  if (synthetic.provenance !== undefined) ledger.copyQueue.provenanceOffered(release.id, now);
  return original !== undefined && ledger.releases.cameWith(release.id, original, source.url);
}
