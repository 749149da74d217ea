import { locate } from "./branch-path.ts";
import { type Elsewhere, type Indexed, type Plan, byVersion, found, planned, titleOf } from "./plan.ts";

/**
 * What the branch holds for the upstream's own index: each archive that the index locates below the branch,
 * at exactly that path and with the digest that the index gives. Where it gives none, the one that the mirror
 * lists counts.
 *
 * @param upstream what the upstream's index lists
 * @param listed what the mirror lists
 */
export function planOriginal(
  upstream: readonly Indexed[],
  listed: readonly Indexed[],
  sources: readonly [string, ...string[]],
): Plan {
  const known = byVersion(listed);
  const plan: Plan = { archives: [], trouble: [], elsewhere: [] };
  const elsewhere = new Map<string, Elsewhere>();
  const places = new Map<string, { digest: string; title: string }>();
  for (const entry of upstream) {
    const inMirror = found(known, entry);
    const location = locate(entry.url, sources);
    if (location.kind === "elsewhere") countElsewhere(elsewhere, location.place, inMirror === undefined);
    else if (location.kind === "refused") trouble(plan, "refused", entry, location.why);
    else take(plan, places, entry, location.path, inMirror);
  }
  plan.elsewhere = [...elsewhere.values()].toSorted((a, b) => b.archives - a.archives);
  return plan;
}

function take(
  plan: Plan,
  places: Map<string, { digest: string; title: string }>,
  entry: Indexed,
  path: string,
  inMirror: Indexed | undefined,
): void {
  const digest = entry.digest ?? inMirror?.digest;
  if (digest === undefined) return trouble(plan, "missing", entry, "the mirror does not have it");
  const before = places.get(path);
  if (before?.digest === digest) return;
  if (before !== undefined) {
    const why = `the index gives ${path} to ${before.title} as well, with another digest`;
    return trouble(plan, "mismatch", entry, why);
  }
  places.set(path, { digest, title: titleOf(entry) });
  plan.archives.push(planned(entry, path, digest, hintOf(digest, inMirror)));
}

function hintOf(digest: string, inMirror: Indexed | undefined): string {
  if (inMirror?.digest === undefined) return "";
  if (inMirror.digest === digest) return "";
  return `: the index lists ${digest.slice(0, 12)}…, of this version it has ${inMirror.digest.slice(0, 12)}…`;
}

function countElsewhere(counts: Map<string, Elsewhere>, place: string, isLacking: boolean): void {
  const count = counts.get(place) ?? { place, archives: 0, lacking: 0 };
  counts.set(place, count);
  count.archives += 1;
  if (isLacking) count.lacking += 1;
}

function trouble(plan: Plan, kind: Plan["trouble"][number]["kind"], entry: Indexed, why: string): void {
  plan.trouble.push({ kind, what: titleOf(entry), why });
}
