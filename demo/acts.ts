import { readFile, rm } from "node:fs/promises";
import type { RepositoryStatus } from "../src/storage/status.ts";
import type { HelmResult } from "../test/support/helm.ts";
import { sha256 } from "../test/support/published-charts.ts";
import type { Stage } from "./stage.ts";
import { type Addresses, type User, type World, repository } from "./world.ts";

/** One thing that happens, and is shown. @throws {NotAsTold} */
export type Act = (world: World, stage: Stage) => Promise<void>;

export interface Step {
  title: string;
  acts: readonly Act[];
}

/** The story says one thing, and another one happened. */
export class NotAsTold extends Error {}

type Text = string | ((at: Addresses) => string);

const spoken = (text: Text, { addresses }: World): string =>
  typeof text === "string" ? text : text(addresses);

export const scene =
  (who: string): Act =>
  async (_world, stage) =>
    await stage.scene(who);

export const say =
  (text: string): Act =>
  async (_world, stage) =>
    await stage.say(text);

/** Something that the world does to the publisher, or the publisher to the world. */
export const event =
  (text: string, happens: (world: World) => Promise<void> | void): Act =>
  async (world, stage) => {
    await stage.say(text);
    world.latest = { indexBefore: await world.mirror.indexText(repository), at: Date.now() };
    await happens(world);
  };

/** What is told only once it has been found true. @param truth answers how to tell it, or throws */
export const claim =
  (truth: (world: World) => Promise<string>, kind: "good" | "bad" = "good"): Act =>
  async (world, stage) =>
    await stage.result(await truth(world), kind);

export function insist(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new NotAsTold(otherwise);
}

export interface Expected {
  /** How Helm ends. Helm 3 calls an update that failed a success, so `either` is told by what it says. */
  ends: "well" | "badly" | "either";
  says: readonly RegExp[];
  /** The lines that are worth showing; all of them without it. */
  shows?: RegExp;
}

/** A user types a command of helm. */
export const helm =
  (user: User, command: Text, expected: Expected): Act =>
  async (world, stage) => {
    const text = spoken(command, world);
    await stage.command(`helm ${text}`);
    const home = world.users[user];
    const result = await home.run(...text.split(" "));
    // Where a user's home is on this machine is nobody's business.
    const shown = (output: string): string =>
      shortened(output.replaceAll(home.directory, "~"), expected.shows);
    const kind = result.code === 0 ? "plain" : "error";
    for (const output of [result.stdout, result.stderr]) stage.output(shown(output), kind);
    const difference = differenceFrom(expected, result);
    insist(difference === undefined, `helm ${text} ${difference}`);
  };

/** Left out of the story where Helm is older. */
export const sinceHelm4 =
  (act: Act): Act =>
  async (world, stage) => {
    if (world.helmMajor >= 4) await act(world, stage);
  };

/** In what a command differs from what the story says; undefined if in nothing. */
export function differenceFrom({ ends, says }: Expected, result: HelmResult): string | undefined {
  const { code } = result;
  if (ends === "well" && code !== 0) return `failed (${code}): ${result.stderr.trim()}`;
  if (ends === "badly" && code === 0) return "should have failed, but went well";
  const silent = says.find((pattern) => !pattern.test(result.stdout + result.stderr));
  return silent === undefined ? undefined : `did not say ${String(silent)}`;
}

/** The lines that match, with `…` in the place of others. */
export function shortened(text: string, keep = /./): string {
  const kept = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => (keep.test(line) ? line : "…"));
  return kept.filter((line, index) => line !== "…" || kept[index - 1] !== "…").join("\n");
}

/** A user pulls a version, and its bytes are compared with those that were published first. */
export const pulls =
  (user: User, chart: string, version: string, bytes: "first" | "other" = "first"): Act =>
  async (world, stage) => {
    const command = `pull ${repository}/${chart} --version ${version}`;
    await helm(user, command, { ends: "well", says: [] })(world, stage);
    const file = `${chart}-${version}.tgz`;
    const path = world.users[user].file(file);
    const digest = sha256(await readFile(path));
    await rm(path);
    const first = world.incident.digests.get(`${chart}-${version}`) ?? "";
    insist(
      (digest === first) === (bytes === "first"),
      `${file} has the digest ${digest}, and ${first} first`,
    );
    const same = `${file} is what was published first: sha256 ${short(digest)}`;
    const other = `${file} has changed: sha256 ${short(digest)}, it was ${short(first)}`;
    await (bytes === "first" ? stage.result(same, "good") : stage.result(other, "bad"));
  };

const short = (digest: string): string => `${digest.slice(0, 12)}…`;

/** Shows the part of /status.json that is the matter: the fields of each object in a line. */
export const stateSays =
  (excerpt: (status: RepositoryStatus) => readonly object[]): Act =>
  async ({ mirror }, stage) => {
    await stage.command(mirror.urlOf("status.json"), "GET ");
    stage.output(
      `…\n${excerpt(await mirror.status(repository))
        .map(fieldsLine)
        .join("\n")}\n…`,
    );
  };

const fieldsLine = (fields: object): string =>
  Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(", ");
