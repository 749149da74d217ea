import { versionSortKey } from "../helm/version.ts";
import { versionOfTag } from "../oci/reference.ts";
import { chartLines, parseRegistryLine } from "../storage/read-registry.ts";
import type { RegistryVersion } from "../storage/registry-lines.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";
import { keptRow } from "./registry-document.ts";

/** Kept by a ledger that is lost, nobody knows from which source. */
const lostSource = 0;

/** Takes over what a published revision says to registry clients, beside its index. */
export async function adoptRegistry(
  ledger: Ledger,
  store: RevisionStore,
  revision: string,
  now: number,
): Promise<void> {
  const [contents, body] = [await store.contents(revision), await store.open(revision, "registry.txt")];
  if (contents === undefined || body === undefined) return;
  for await (const { chart, text } of chartLines(body, contents)) {
    const line = parseRegistryLine(text);
    if (line?.kind === "version") adoptVersion(ledger, chart, line);
    else if (line?.kind === "kept") ledger.kept.keep(lostSource, keptRow(chart, line), now);
  }
}

function adoptVersion(ledger: Ledger, chart: string, line: RegistryVersion): void {
  const version = versionOfTag(line.tag);
  const releases = ledger.releases.ofVersion(chart, versionSortKey(version) ?? version);
  const release = releases.find(({ digest }) => digest === line.archive.digest);
  if (release !== undefined) ledger.releases.adopted(release.id, line);
}
