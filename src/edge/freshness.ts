import type { Documents } from "../storage/current-revision.ts";
import type { RepositoryStatus } from "../storage/status.ts";
import { readStatus } from "./read-status.ts";

/** Header fields by name. */
export type Fields = Readonly<Record<string, string>>;

/** Milliseconds after which the status of a repository is read anew. */
const kept = 60_000;
/** Milliseconds that an answer waits for it. */
const patience = 100;

/**
 * How fresh a repository's content is, as header fields: when any of its sources answered well last, and a
 * warning (RFC 7234, section 5.5.2, code 111: revalidation failed) while none of them does. Nothing that a
 * source said is repeated, only times.
 */
export function freshnessOf({ sources }: Pick<RepositoryStatus, "sources">): Fields {
  const times = sources.map(({ succeededAt }) => Date.parse(succeededAt ?? ""));
  const last = Math.max(...times.filter((time) => !Number.isNaN(time)));
  const checked = Number.isFinite(last) ? new Date(last).toISOString() : undefined;
  const fields = checked === undefined ? {} : { "Chartkeep-Checked": checked };
  if (sources.length === 0 || sources.some(({ state }) => state !== "failing")) return fields;
  const since = checked === undefined ? "so far" : `since ${checked}`;
  return { ...fields, Warning: `111 chartkeep "no source has answered well ${since}"` };
}

/**
 * Reads each repository's status once a minute, and never makes an answer depend on it: what is not there in
 * time, or cannot be read, is left out. A value that arrives late is for the next one who asks.
 */
export class FreshnessMemo {
  readonly #documents: Documents;
  readonly #now: () => number;
  readonly #waitUntil: (work: Promise<unknown>) => void;
  readonly #memo = new Map<string, { askedAt: number; fields: Fields }>();

  /** @param waitUntil lets work go on behind the answer */
  constructor(documents: Documents, now: () => number, waitUntil: (work: Promise<unknown>) => void) {
    this.#documents = documents;
    this.#now = now;
    this.#waitUntil = waitUntil;
  }

  /** @param repository one that is configured, so that there are only so many */
  async of(repository: string): Promise<Fields> {
    const known = this.#memo.get(repository);
    if (known !== undefined && this.#now() - known.askedAt < kept) return known.fields;
    // Values are kept and never promises: the platform lets no request wait for what another one began. Who
    // comes while this one reads gets what was known before.
    const entry = { askedAt: this.#now(), fields: known?.fields ?? {} };
    this.#memo.set(repository, entry);
    const reading = this.#read(repository, entry);
    this.#waitUntil(reading);
    return Promise.race([reading, nothingAfter(patience)]);
  }

  async #read(repository: string, entry: { fields: Fields }): Promise<Fields> {
    const reading = await readStatus(this.#documents, repository);
    entry.fields = reading.kind === "known" ? freshnessOf(reading.status) : {};
    return entry.fields;
  }
}

const nothingAfter = (milliseconds: number): Promise<Fields> =>
  new Promise((resolve) => setTimeout(() => resolve({}), milliseconds));
