import { versionSortKey } from "../helm/version.ts";
import type { Log } from "../observability/event.ts";
import { versionOfTag } from "../oci/reference.ts";
import { chartLines, parseRegistryLine } from "../storage/read-registry.ts";
import type { Head } from "../storage/head.ts";
import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";
import { listingChanges } from "./listing-changes.ts";
import { isOurs, isSamePublication, lostRace } from "./own-head.ts";
import { type PinnedHead, isHeldAt, letGo } from "./pin.ts";

export interface PinnedPublishing {
  repository: string;
  ledger: Ledger;
  store: RevisionStore;
  now: () => number;
  log: Log;
}

/**
 * Moves the head to the revision at which the operator holds the repository, once. Its documents are there: nothing
 * is collected while something is pinned. Where a unit was collecting them when it was, the repository is let go
 * again. The ledger goes on, and what it lists waits.
 *
 * @returns whether the head moved
 */
export async function publishPinned(publishing: PinnedPublishing, pinned: PinnedHead): Promise<boolean> {
  const { ledger, store, log, repository } = publishing;
  if (isHeldAt(ledger, pinned)) return false;
  const current = await store.head();
  const isMoved = isSamePublication(current?.head, pinned); // by a unit that died before it could remember
  const head = insteadOf(current?.head, pinned);
  if (!isMoved) {
    if (current !== undefined && !isOurs(ledger, current.head)) return lostRace(ledger);
    if ((await store.sizes(pinned.revision)) === undefined) return giveUp(publishing, pinned);
    if (!(await store.moveHead(head, current?.etag))) return lostRace(ledger);
  }
  await remember(publishing, head);
  const { revision, charts, versions } = head;
  log({ event: "published", repository, revision, charts, versions });
  return true;
}

/**
 * Says which revision this one takes the place of: the last one that was not pinned. The history would say it, too,
 * but of two Keepers the one that is behind may have written it last.
 */
function insteadOf(current: Head | undefined, pinned: PinnedHead): PinnedHead {
  const { insteadOf: _, ...head } = pinned;
  const before = current?.pinned === undefined ? current?.revision : current.insteadOf;
  return before === undefined ? head : { ...head, insteadOf: before };
}

function giveUp({ ledger, log, repository }: PinnedPublishing, { revision }: PinnedHead): false {
  letGo(ledger);
  log({
    event: "rollback-failed",
    repository,
    revision,
    message: "its documents are not in storage any more",
  });
  return false;
}

async function remember({ ledger, store, now }: PinnedPublishing, pinned: PinnedHead): Promise<void> {
  const releases = await releasesOf(ledger, store, pinned.revision);
  const at = now();
  ledger.transaction(() => {
    const changes = listingChanges(ledger.publishedReleases.replaceBy(releases));
    ledger.revisions.published({ head: pinned, at, interim: false, changes });
    ledger.remember("published", JSON.stringify(pinned));
    ledger.remember("filling", undefined);
    ledger.remember("kv-due", at);
    ledger.remember("history-due", at);
  });
}

/** Rows of the releases that a revision lists; what the ledger does not know of it is left out. */
async function releasesOf(ledger: Ledger, store: RevisionStore, revision: string): Promise<number[]> {
  const [contents, body] = [await store.contents(revision), await store.open(revision, "registry.txt")];
  if (contents === undefined || body === undefined) return [];
  const releases: number[] = [];
  for await (const { chart, text } of chartLines(body, contents)) {
    const line = parseRegistryLine(text);
    if (line?.kind !== "version") continue;
    const version = versionOfTag(line.tag);
    const known = ledger.releases.ofVersion(chart, versionSortKey(version) ?? version);
    const release = known.find(({ digest }) => digest === line.archive.digest);
    if (release !== undefined) releases.push(release.id);
  }
  return releases;
}
