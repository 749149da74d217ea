import { utimes, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { RepositoryStatus, SourceStatus } from "../src/storage/status.ts";
import { charts, repackaged, versions } from "../test/support/incident.ts";
import { NotAsTold, insist } from "./acts.ts";
import { type World, repository } from "./world.ts";

/** Seconds within which the mirror has to notice what happened; a busy machine takes some of them. */
const patience = 20;

const [oldest, , newest] = versions;
/** The release of the day after, in the registry alone. */
const later = "2.1.0";
export const story = { oldest, newest, later } as const;

async function until(
  { mirror }: World,
  what: string,
  reached: (status: RepositoryStatus) => boolean,
): Promise<RepositoryStatus> {
  const status = await mirror.waitFor(repository, reached, patience).catch(() => undefined);
  if (status !== undefined) return status;
  const { sources } = await mirror.status(repository);
  const states = sources.map(
    ({ url, state, error }) => `${url} is ${state}${error === null ? "" : ` (${error.message})`}`,
  );
  throw new NotAsTold(`${what} within ${patience} s; ${states.join(", ")}`);
}

const secondsBetween = (from: number, to: number): string =>
  `${Math.max(0, (to - from) / 1000).toFixed(1)} s`;

/** By the times that the mirror itself has noted: it may have noticed long before it is asked. */
const secondsUntil = ({ latest: { at } }: World, noticed: string | null | undefined): string =>
  secondsBetween(at, Date.parse(noticed ?? ""));

const pagesOf = ({ sources }: RepositoryStatus): SourceStatus | undefined => sources[0];
const registryOf = ({ sources }: RepositoryStatus): SourceStatus | undefined => sources[1];
const isWell = ({ sources }: RepositoryStatus): boolean => sources.every(({ state }) => state === "ok");

export async function isFilled(world: World): Promise<string> {
  const began = Date.now();
  const status = await until(
    world,
    "the mirror was not filled from both sources",
    ({ sources, versions: { stored, pending } }) =>
      stored === world.incident.digests.size &&
      pending === 0 &&
      sources.every(({ versions: { shown } }) => shown === stored),
  );
  await insistOnFirstDigests(world);
  const seconds = secondsBetween(began, Date.now());
  return `After ${seconds} the mirror has all ${status.versions.listed} versions, each with the digest it was published with.`;
}

export async function noticesMissingPages(world: World): Promise<string> {
  const status = await until(
    world,
    "the mirror did not notice that Pages is gone",
    (now) => pagesOf(now)?.state === "failing",
  );
  const outage = pagesOf(status)?.outage;
  insist(outage?.code === "not-found", `Pages fails with ${outage?.code}`);
  await insistOnSameIndex(world);
  return `The mirror noticed after ${secondsUntil(world, outage.since)}, and serves the same index, byte for byte.`;
}

/** Leaves an archive in the publisher's folder, to be pushed. */
export async function makesRelease({ incident, users: { publisher } }: World): Promise<void> {
  const file = publisher.file(`prometheus-${later}.tgz`);
  await writeFile(file, await incident.release("prometheus", later));
  const date = new Date("2025-05-20T08:00:00Z"); // Helm writes it into the manifest
  await utimes(file, date, date);
}

/** To be asked as soon as it has been pushed. No cron and nobody else tells the mirror to look. */
export async function listsRelease(world: World): Promise<string> {
  const began = Date.now();
  while (!(await world.mirror.indexText(repository)).includes(`"version":"${later}"`)) {
    insist(Date.now() - began < patience * 1000, `${later} was not in the index within ${patience} s`);
    await delay(20);
  }
  const seconds = secondsBetween(began, Date.now());
  await insistOnFirstDigests(world);
  return `${seconds} later it is in the mirror's index, for users who know nothing of OCI.`;
}

export async function keepsEverything(world: World): Promise<string> {
  const status = await until(
    world,
    "the mirror did not read the new Pages to their end",
    (now) => isWell(now) && now.versions.pending === 0 && conflictsOf(now) === charts.length,
  );
  await insistOnSameIndex(world);
  await insistOnFirstDigests(world);
  const { listed } = status.versions;
  const seconds = secondsUntil(world, pagesOf(status)?.outage?.until);
  return `The mirror noticed after ${seconds}; its index is still the same, byte for byte, with all ${listed} versions.`;
}

const conflictsOf = ({ problems }: RepositoryStatus): number =>
  problems.filter(({ version, code }) => version === repackaged && code === "conflict").length;

export async function noticesMissingRegistry(world: World): Promise<string> {
  const status = await until(
    world,
    "the mirror did not notice that the registry is gone",
    (now) => registryOf(now)?.state === "failing" && pagesOf(now)?.state === "ok",
  );
  await insistOnSameIndex(world);
  const seconds = secondsUntil(world, registryOf(status)?.outage?.since);
  return `The mirror noticed after ${seconds}, and serves the same index, byte for byte.`;
}

export async function isWellAgain(world: World): Promise<string> {
  const status = await until(world, "not both sources were well again", isWell);
  for (const { url, outage } of status.sources) {
    insist(outage !== null && outage.until !== null, `the state does not tell when ${url} was out`);
  }
  await insistOnSameIndex(world);
  await insistOnFirstDigests(world);
  const seconds = secondsUntil(world, registryOf(status)?.outage?.until);
  return `Both sources are well again after ${seconds}, and nothing was lost.`;
}

async function insistOnSameIndex({ mirror, latest }: World): Promise<void> {
  insist((await mirror.indexText(repository)) === latest.indexBefore, "the mirror's index has changed");
}

async function insistOnFirstDigests({ mirror, incident }: World): Promise<void> {
  const listed = await mirror.listed(repository);
  const kept = listed.filter(
    ({ name, version, digest }) => incident.digests.get(`${name}-${version}`) === digest,
  );
  insist(
    kept.length === incident.digests.size && listed.length === kept.length,
    `the mirror lists ${kept.length} of ${incident.digests.size} versions as they were published first`,
  );
}
