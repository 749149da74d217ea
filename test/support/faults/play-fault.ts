import { expect } from "vitest";
import type { RepositoryStatus } from "../../../src/storage/status.ts";
import type { Mirror } from "../mirror.ts";
import { sha256 } from "../published-charts.ts";
import { type Told, complaint } from "./fault-row.ts";
import { Readers, lastGood } from "./readers.ts";

/** A repository of a mirror that is in step with its upstream, and how that can be broken. */
export interface Play {
  mirror: Mirror;
  name: string;
  told: Told;
  /** Another repository, at whose upstream nothing is wrong. */
  neighbour: string;
  /** Breaks it, and publishes `release` upstream. */
  break: () => void | Promise<void>;
  mend: () => void | Promise<void>;
  release: { version: string; archive: Uint8Array };
  /** Paths below the mirror that stay as they are where the index does, beside it and the archives. */
  kept: readonly string[];
}

const seconds = 30;

/**
 * The four promises that every fault is to break: readers get the last good bytes throughout; nothing wrong is
 * stored or listed; the status names the fault; and when it ends all is well again by itself. No other
 * repository notices.
 */
export async function playFault(play: Play): Promise<void> {
  const { mirror, name, told } = play;
  const before = await mirror.status(name);
  const good = await lastGood(mirror, name, isFixed(told) ? play.kept : []);
  const readers = new Readers(mirror, name, good, isFixed(told));
  const began = mirror.now();
  const [seen] = await Promise.allSettled([observe(play, readers, before, began)]);
  await play.mend(); // the next row begins where all is well, even if this one fails
  await requireRecovered(play, before);
  if (seen.status === "rejected") throw seen.reason;
}

/** Everything that must be so while the fault lasts. */
async function observe(play: Play, readers: Readers, before: RepositoryStatus, began: number): Promise<void> {
  await play.break();
  await requireTold(play, before, began);
  await requireNothingWrong(play, before);
  await requireNeighbourWell(play, began);
  await readers.stop();
  expect(readers.rounds).toBeGreaterThan(1);
}

const isFixed = (told: Told): boolean => told.kind !== "taken" && newlyListed(told) === 0;

/** How many versions more are listed while the fault lasts. */
const newlyListed = (told: Exclude<Told, { kind: "taken" }>): number =>
  told.kind === "outage" ? 0 : told.lists;

async function requireTold(
  { mirror, name, told }: Play,
  before: RepositoryStatus,
  began: number,
): Promise<void> {
  if (told.kind === "taken") {
    const checks = new Set<string>();
    await mirror.waitFor(
      name,
      (status) => {
        const { checkedAt } = status.sources[0] ?? {};
        if (Date.parse(checkedAt ?? "") > began) checks.add(checkedAt ?? "");
        return checks.size >= told.checks && told.holds(status, before);
      },
      seconds,
    );
    return;
  }
  const status = await mirror.waitFor(name, (now) => complaint(now, told.kind) !== undefined, seconds);
  const { code, message } = complaint(status, told.kind) ?? {};
  expect({ code, message }).toEqual({ code: told.code, message: expect.stringMatching(told.message) });
  if (told.kind !== "outage") {
    expect(status.sources).toMatchObject([{ state: "ok", consecutiveFailures: 0 }]);
    return;
  }
  expect(status.sources[0]?.consecutiveFailures).toBeGreaterThan(0);
  expect(status.sources[0]?.outage).toMatchObject({ code: told.code, until: null });
}

/** The new version is listed only where the fault does not touch it. */
async function requireNothingWrong(play: Play, before: RepositoryStatus): Promise<void> {
  const { mirror, name, told, release } = play;
  if (told.kind === "taken") return;
  const [listed, stored] = [before.versions.listed, before.versions.stored].map((n) => n + newlyListed(told));
  const { versions } = await mirror.waitFor(name, (now) => now.versions.listed === listed, seconds);
  expect(versions.stored).toBe(stored);
  if (newlyListed(told) > 0) return;
  const file = `${name}-${release.version}.tgz`;
  for (const path of [file, `charts/${sha256(release.archive)}/${file}`]) {
    expect((await mirror.fetch(`${name}/${path}`)).status, path).toBe(404);
  }
}

async function requireNeighbourWell({ mirror, neighbour }: Play, began: number): Promise<void> {
  const { sources, problems } = await mirror.waitFor(
    neighbour,
    (now) => now.sources.every(({ checkedAt }) => Date.parse(checkedAt ?? "") > began),
    seconds,
  );
  expect(sources).toMatchObject([{ state: "ok", consecutiveFailures: 0, error: null, outage: null }]);
  expect(problems).toEqual([]);
}

async function requireRecovered(play: Play, before: RepositoryStatus): Promise<void> {
  const { mirror, name, told, release } = play;
  const status = await mirror.waitFor(name, (now) => isWell(now) && now.problemCount === 0, seconds);
  const file = `${name}/${name}-${release.version}.tgz`;
  await mirror.waitFor(name, (now) => now.versions.listed > before.versions.listed, seconds);
  expect(await mirror.bytes(file)).toEqual(new Uint8Array(release.archive));
  if (told.kind !== "outage") return;
  expect(status.sources[0]?.outage).toMatchObject({ until: expect.any(String) });
}

const isWell = ({ sources }: RepositoryStatus): boolean =>
  sources.every(({ state, registry }) => state === "ok" && (registry?.failedCount ?? 0) === 0);

/** In the end: whatever is stored as an archive, and whatever is listed, has the SHA-256 that is said of it. */
export async function requireArchivesVerified(mirror: Mirror): Promise<number> {
  const prefix = "archives/sha256/";
  const keys = await mirror.storedKeys(prefix);
  for (const key of keys) {
    const object = await mirror.stored(key);
    expect(sha256(object?.bytes ?? ""), key).toBe(key.slice(prefix.length));
  }
  for (const name of mirror.names) {
    for (const { urls, digest } of await mirror.listed(name)) {
      expect(sha256(await mirror.bytes(`${name}/${urls[0]}`)), `${name}/${urls[0]}`).toBe(digest);
    }
  }
  return keys.length;
}
