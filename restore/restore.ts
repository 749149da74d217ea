import { createReadStream } from "node:fs";
import { BranchFolder, type Draft, isSystemError } from "./branch-folder.ts";
import { Stopped, bringArchives } from "./bring-archives.ts";
import { bringSmallFiles, switchJekyllOff } from "./bring-small-files.ts";
import { CannotRestore } from "./cannot-restore.ts";
import { indexYaml } from "./index-yaml.ts";
import type { MirrorAddress } from "./mirror-address.ts";
import { MirrorFiles, type MirrorParts } from "./mirror-files.ts";
import { type MirroredStatus, readMirrorStatus } from "./mirror-status.ts";
import { planLocal } from "./plan-local.ts";
import { planOriginal } from "./plan-original.ts";
import { type Elsewhere, type Plan, onlyIn } from "./plan.ts";
import { putDraft } from "./put-file.ts";
import { type ReadEntries, largestIndex, readEntries } from "./read-entries.ts";
import { MirrorFailure } from "./retry.ts";
import { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

export interface RestoreOptions {
  address: MirrorAddress;
  directory: string;
  /** Which URLs the index shall have; without it the original ones, where the mirror has them. */
  urls?: Urls;
  /** Where the branch was served, instead of the mirror's first HTTP source. */
  sources: readonly string[];
  force: boolean;
}

export type Urls = "original" | "local";

export interface Restored {
  urls: Urls;
  /** Where the branch was served; empty with local URLs. */
  sources: readonly string[];
  tally: Tally;
  elsewhere: readonly Elsewhere[];
  /** Versions of the mirror that the index written lacks. */
  kept: readonly string[];
  /** Versions of the upstream's index that the index written lacks. */
  lost: readonly string[];
  noJekyll: boolean;
  /** Why the rest was not tried, where it was not. */
  stopped?: string;
}

interface Show {
  say(line: string): void;
  /** The archives are being brought from now on. */
  begin(tally: Tally): void;
}

const indexBounds = { maxBytes: largestIndex, seconds: 900 };

/**
 * Makes a gh-pages branch in a folder out of what a mirror has: archives, provenance and small files first, the
 * index last, so that it never speaks of files that were not tried yet.
 *
 * @throws {CannotRestore} where nothing can be begun
 * @throws the reason of `parts.stop`
 */
export async function restore(
  options: RestoreOptions,
  parts: MirrorParts & { show: Show },
): Promise<Restored> {
  const { address, directory, force } = options;
  const status = await readMirrorStatus(new MirrorFiles(address.mirror, parts), address);
  await using folder = await BranchFolder.open(directory);
  const mirror = new MirrorFiles(`${address.mirror}/${address.repository}`, parts);
  const work: Work = { mirror, folder, force, tally: new Tally() };
  const upstream = await upstreamIndex(options, work, parts);
  const listed = await readDraft(await listedIndex(work), "the mirror's index");
  const made = await planFor({ ...options, status, work, listed, upstream, show: parts.show });
  const { tally } = work;
  tally.trouble.push(...made.plan.trouble);
  tally.total = made.plan.archives.length;
  parts.show.begin(tally);
  const restored = { ...made.restored, tally, elsewhere: made.plan.elsewhere };
  try {
    await bringArchives(work, made.plan.archives, parts.stop);
    await bringSmallFiles(work, status.files);
    const noJekyll = await switchJekyllOff(work);
    await putDraft(work, await made.index(), "index.yaml");
    return { ...restored, noJekyll };
  } catch (error) {
    if (!(error instanceof Stopped || isSystemError(error))) throw error;
    return { ...restored, noJekyll: false, stopped: error.message };
  }
}

interface Made {
  plan: Plan;
  index: () => Promise<Draft>;
  restored: Pick<Restored, "urls" | "sources" | "kept" | "lost">;
}

interface Planning extends RestoreOptions {
  status: MirroredStatus;
  work: Work;
  listed: ReadEntries;
  upstream: Draft | undefined;
  show: Show;
}

async function planFor(planning: Planning): Promise<Made> {
  const { work, status, listed, upstream, show } = planning;
  const read = upstream === undefined ? undefined : await readUpstream(planning, upstream);
  if (upstream !== undefined && read !== undefined && planning.urls !== "local") {
    const sources = sourcesOf(planning);
    show.say(`The upstream's own index.yaml, byte for byte; the branch was served at ${sources.join(", ")}.`);
    const plan = planOriginal(read.entries, listed.entries, sources);
    plan.trouble.push(...read.unusable);
    const kept = onlyIn(listed.entries, read.entries);
    const restored = { urls: "original" as const, sources, kept, lost: [] };
    return { plan, index: () => Promise.resolve(upstream), restored };
  }
  show.say("A new index.yaml of everything that the mirror lists, with the archives beside it.");
  const plan = planLocal(listed.entries);
  plan.trouble.push(...listed.unusable);
  const text = indexYaml(plan.entries, status.publishedAt ?? undefined);
  const index = async () => await work.folder.draft([Buffer.from(text)]);
  const lost = read === undefined ? [] : onlyIn(read.entries, listed.entries);
  return { plan, index, restored: { urls: "local", sources: [], kept: [], lost } };
}

/** A new index needs no other one: what it lacks of it is then not known. */
async function readUpstream({ urls, show }: Planning, upstream: Draft): Promise<ReadEntries | undefined> {
  try {
    return await readDraft(upstream, "the upstream's index");
  } catch (error) {
    if (!(error instanceof CannotRestore)) throw error;
    if (urls !== "local") throw new CannotRestore(`${error.message} --urls local makes a new one.`);
    show.say(error.message);
    return undefined;
  }
}

function sourcesOf({ sources, status, address, show }: Planning): [string, ...string[]] {
  const [first, ...more] = sources;
  if (first !== undefined) return [first, ...more];
  const [known, ...others] = status.sources
    .filter(({ kind, url }) => kind === "http" && URL.canParse(url))
    .map(({ url }) => url.replace(/\/+$/, ""));
  if (known === undefined) {
    const why = `the mirror does not say where the branch of ${address.repository} was served`;
    throw new CannotRestore(`${why}; say it with --source URL`);
  }
  if (others.length > 0) {
    show.say(`The mirror knows other sources too (${others.join(", ")}); --source URL says another place.`);
  }
  return [known];
}

/** The upstream's index as it came; `undefined` where it is not to be had, or not needed. */
async function upstreamIndex(
  { address: { mirror, repository }, urls }: RestoreOptions,
  { folder }: Work,
  parts: MirrorParts,
): Promise<Draft | undefined> {
  const beside = new MirrorFiles(`${mirror}/${repository}@upstream`, parts);
  const answer = await asked(() => beside.get("/index.yaml", indexBounds, (body) => folder.draft(body)));
  if (answer.found) return answer.value;
  if (urls !== "original") return undefined;
  const said = answer.said === "" ? "" : ` (it says: ${answer.said})`;
  throw new CannotRestore(
    `the mirror has no index of the upstream's own for ${repository}${said}; --urls local makes a new one`,
  );
}

async function listedIndex({ mirror, folder }: Work): Promise<Draft> {
  const answer = await asked(() => mirror.get("/index.yaml", indexBounds, (body) => folder.draft(body)));
  if (answer.found) return answer.value;
  throw new CannotRestore(`the mirror has no index${answer.said === "" ? "" : `: ${answer.said}`}`);
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof MirrorFailure)) throw error;
    throw new CannotRestore(`the mirror cannot give its index: ${error.message}`, { cause: error });
  }
}

const readDraft = async ({ file }: Draft, whose: string): Promise<ReadEntries> =>
  await readEntries(createReadStream(file, { highWaterMark: 256 * 1024 }), whose);
