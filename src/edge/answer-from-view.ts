import { notPublishedYet, type Refusal } from "../http/refusals.ts";
import { futureSnapshot, unknownSnapshot } from "../http/view-refusals.ts";
import { fromCurrentRevision, readHead, readOriginHead } from "../storage/current-revision.ts";
import { readHistory } from "../storage/read-history.ts";
import type { Withdrawals } from "../storage/withdrawals.ts";
import type { Edge } from "./edge-parts.ts";
import type { Place } from "./resolve-path.ts";
import { findSnapshot, keptSince } from "./snapshot.ts";
import type { Snapshot } from "./view.ts";
import type { Viewed } from "./viewed.ts";

export type Outcome = Response | Refusal;

/**
 * @param withdrawals what is withdrawn; of the revision it is left out already
 * @returns `undefined` where a document of the revision is missing
 */
export type Attempt = (viewed: Viewed, withdrawals: Withdrawals) => Promise<Outcome | undefined>;

/** An instant that is so young, in milliseconds, that a publication from before it may still become visible. */
const youth = 600_000;

const noHistory = { revisions: [] };

/**
 * Answers from the revision that a view means, and says in the answer which one that is and how fresh its
 * repository.
 *
 * @throws StorageUnavailable
 */
export async function answerFromView(
  edge: Edge,
  { repository, view }: Pick<Place, "repository" | "view">,
  attempt: Attempt,
): Promise<Outcome> {
  return withFreshness(edge, repository, () => {
    const reading = edge.withdrawals.read();
    const edited = async (viewed: Viewed) => attemptFrom(edge, viewed, await reading, attempt);
    if (view.kind === "revision" || view.kind === "instant") {
      return answerFromSnapshot(edge, repository, view, edited);
    }
    const newest = view.kind === "newest" ? { newest: view.count } : {};
    return answerFromCurrent(edge, repository, newest, edited);
  });
}

/** How fresh the repository is, in the answer's header: read beside everything else. */
export async function withFreshness(
  { freshness }: Edge,
  repository: string,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const [outcome, fields] = await Promise.all([work(), freshness.of(repository)]);
  return withFields(outcome, fields);
}

async function answerFromCurrent(
  { documents }: Edge,
  repository: string,
  newest: Pick<Viewed, "newest">,
  attempt: EditedAttempt,
): Promise<Outcome> {
  const near = await readHead(documents, repository);
  if (near === undefined) return notPublishedYet(repository);
  return fromCurrentRevision(documents, repository, near, (revision) =>
    attempt({ repository, revision, policy: "index", ...newest }),
  );
}

async function answerFromSnapshot(
  edge: Edge,
  repository: string,
  snapshot: Snapshot,
  attempt: EditedAttempt,
): Promise<Outcome> {
  const age = snapshot.kind === "instant" ? edge.now() - snapshot.at : Number.POSITIVE_INFINITY;
  if (age < 0) return futureSnapshot(repository);
  const reading = readHistory(edge.documents, repository);
  reading.catch(() => undefined); // the current one is found without it
  // The origin's head, and not the nearest: one that is behind would still take the past for the present.
  const head = await readOriginHead(edge.documents.origin, repository);
  if (head === undefined) return notPublishedYet(repository);
  const isCurrent = snapshot.kind === "revision" && snapshot.revision === head.revision;
  const history = isCurrent ? noHistory : ((await reading)?.history ?? noHistory);
  const revision = findSnapshot(snapshot, head, history);
  const policy = age < youth ? "index" : "snapshot";
  const mayBeGone = revision?.revision !== head.revision;
  const outcome = revision && (await attempt({ repository, revision, policy, mayBeGone }));
  return outcome ?? unknownSnapshot(repository, keptSince(head, history));
}

/** An attempt that is told what is withdrawn. */
type EditedAttempt = (viewed: Viewed) => Promise<Outcome | undefined>;

async function attemptFrom(
  edge: Edge,
  viewed: Viewed,
  withdrawals: Withdrawals,
  attempt: Attempt,
): Promise<Outcome | undefined> {
  const left = await edge.edits.of(edge, viewed, withdrawals);
  const outcome = left && (await attempt({ ...viewed, ...left }, withdrawals));
  return outcome && withFields(outcome, { "Chartkeep-Revision": viewed.revision.revision });
}

function withFields(outcome: Outcome, fields: Readonly<Record<string, string>>): Outcome {
  if (!(outcome instanceof Response)) return { ...outcome, headers: { ...outcome.headers, ...fields } };
  for (const [name, value] of Object.entries(fields)) outcome.headers.set(name, value);
  return outcome;
}
