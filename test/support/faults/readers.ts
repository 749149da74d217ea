import { setTimeout as delay } from "node:timers/promises";
import type { ListedVersion, Mirror } from "../mirror.ts";

/** Between two rounds: many repositories are read at the same time. */
const pause = 1000;

/** What readers had before anything broke. */
export interface LastGood {
  index: string;
  listed: readonly ListedVersion[];
  /** By path below the mirror: archives under both of their URLs, and whatever else. */
  bodies: ReadonlyMap<string, Uint8Array>;
}

/** @param more paths below the mirror, beside the index and the archives */
export async function lastGood(mirror: Mirror, name: string, more: readonly string[]): Promise<LastGood> {
  const index = await mirror.indexText(name);
  const listed = await mirror.listed(name);
  const archives = sampled(listed).flatMap(({ name: chart, version, urls }) => [
    `${name}/${urls[0]}`,
    `${name}/${chart}-${version}.tgz`,
  ]);
  const bodies = new Map<string, Uint8Array>();
  for (const path of [...archives, ...more]) bodies.set(path, await mirror.bytes(path));
  return { index, listed, bodies };
}

/** The newest, the oldest and one between them: all of them are read once, in the end. */
const sampled = (listed: readonly ListedVersion[]): ListedVersion[] =>
  listed.filter((_, at) => [0, Math.floor(listed.length / 2), listed.length - 1].includes(at));

/**
 * Reads a repository again and again while it is broken, as its users would.
 * @param isFixed the index must stay byte for byte; otherwise it may grow
 */
export class Readers {
  rounds = 0;
  readonly #mirror: Mirror;
  readonly #name: string;
  readonly #good: LastGood;
  readonly #isFixed: boolean;
  readonly #ended = new AbortController();
  readonly #reading: Promise<void>;

  constructor(mirror: Mirror, name: string, good: LastGood, isFixed: boolean) {
    this.#mirror = mirror;
    this.#name = name;
    this.#good = good;
    this.#isFixed = isFixed;
    this.#reading = this.#readOn();
    this.#reading.catch(() => undefined); // told by `stop`
  }

  /** Reads once more, and no more. @throws {Error} what they did not get */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#reading;
    await this.#readAll();
  }

  async #readOn(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#readAll();
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  async #readAll(): Promise<void> {
    const [mirror, name, good] = [this.#mirror, this.#name, this.#good];
    if (this.#isFixed) requireSame(`${name}/index.yaml`, await mirror.indexText(name), good.index);
    else requireListed(await mirror.listed(name), good.listed);
    for (const [path, bytes] of good.bodies) {
      if (Buffer.compare(await mirror.bytes(path), bytes) !== 0) throw new Error(`${path} has other bytes`);
    }
    this.rounds += 1;
  }
}

function requireSame(path: string, now: string, before: string): void {
  if (now !== before) throw new Error(`${path} changed:\n${now}\nIt was:\n${before}`);
}

function requireListed(now: readonly ListedVersion[], before: readonly ListedVersion[]): void {
  for (const { name, version, digest } of before) {
    const found = now.find((one) => one.name === name && one.version === version);
    if (found?.digest !== digest)
      throw new Error(`${name} ${version} was ${digest}, and is ${found?.digest}`);
  }
}
