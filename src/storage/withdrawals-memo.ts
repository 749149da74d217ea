import type { DocumentReader } from "./documents.ts";
import { withdrawalsKey } from "./keys.ts";
import { noWithdrawals, parseWithdrawals, type Withdrawals } from "./withdrawals.ts";
import { within } from "./within.ts";

/** Milliseconds for which what was read counts. */
export const withdrawalsKept = 10_000;
/** Milliseconds after which one request reads it anew behind its answer, so that in a busy isolate nobody waits. */
const refreshedAfter = 8_000;

/** How long each store may take, in milliseconds. */
const patience = 500;

type Store = Pick<DocumentReader, "text">;

/** Where it stands: what counts, in R2, and a copy in KV, which may be behind. */
export interface WithdrawalsStores {
  origin: Store;
  copy: Store;
}

/**
 * What is withdrawn, read every ten seconds by an isolate that is asked. Where it cannot be read, what was known last
 * counts, and nothing is withdrawn where nothing ever was known: no answer fails for this, and none waits long.
 */
export class WithdrawalsMemo {
  readonly #stores: WithdrawalsStores;
  readonly #now: () => number;
  readonly #waitUntil: (work: Promise<unknown>) => void;
  #known = noWithdrawals;
  /** When what is known was asked for; when it could not be read, too. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  /** @param waitUntil lets work go on behind the answer */
  constructor(stores: WithdrawalsStores, now: () => number, waitUntil: (work: Promise<unknown>) => void) {
    this.#stores = stores;
    this.#now = now;
    this.#waitUntil = waitUntil;
  }

  /** Never throws. */
  async read(): Promise<Withdrawals> {
    const now = this.#now();
    // Everybody reads for himself: the platform lets no request wait for what another one began.
    if (now - this.#askedAt >= withdrawalsKept) await this.#refresh(now);
    else if (now - Math.max(this.#askedAt, this.#refreshedAt) >= refreshedAfter) {
      this.#refreshedAt = now;
      this.#waitUntil(this.#refresh(now));
    }
    return this.#known;
  }

  async #refresh(began: number): Promise<void> {
    const found = await this.#ask();
    if (began < this.#askedAt) return; // a later one was faster
    this.#askedAt = began;
    if (found !== undefined) this.#known = found;
  }

  /**
   * A number that falls back is a document that was lost, or a copy that is behind: what an isolate knows is not
   * forgotten for that.
   *
   * @returns `undefined` where what is known goes on to count
   */
  async #ask(): Promise<Withdrawals | undefined> {
    const isUpToDate = (found: Withdrawals | undefined) => found && found.number >= this.#known.number;
    const found = await readFrom(this.#stores.origin);
    if (isUpToDate(found)) return found;
    const copied = await readFrom(this.#stores.copy);
    return isUpToDate(copied) ? copied : undefined;
  }
}

/** `undefined`: it does not say. */
async function readFrom(store: Store): Promise<Withdrawals | undefined> {
  try {
    const text = await within(patience, store.text(withdrawalsKey), () => undefined);
    return text === undefined ? undefined : parseWithdrawals(text);
  } catch {
    return undefined;
  }
}
