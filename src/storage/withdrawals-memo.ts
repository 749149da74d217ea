import type { DocumentReader } from "./documents.ts";
import { withdrawalsKey } from "./keys.ts";
import { StorageUnavailable } from "./storage-unavailable.ts";
import { noWithdrawals, parseWithdrawals, type Withdrawals } from "./withdrawals.ts";

/** Milliseconds for which what was read counts. */
export const withdrawalsKept = 10_000;
/** Milliseconds after which one request reads it anew behind its answer, so that in a busy isolate nobody waits. */
const refreshedAfter = 8_000;

/** How long each store may take, in milliseconds: the second one is KV, which is near. */
export const withdrawalsPatience = { first: 500, second: 500 };

/**
 * What is withdrawn, read every ten seconds by an isolate that is asked. Where it cannot be read, what was known last
 * counts, and nothing is withdrawn where nothing ever was known: no answer fails for this, and none waits long.
 */
export class WithdrawalsMemo {
  readonly #documents: Pick<DocumentReader, "text">;
  readonly #now: () => number;
  readonly #waitUntil: (work: Promise<unknown>) => void;
  #known = noWithdrawals;
  /** When what is known was asked for; when it could not be read, too. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param documents R2, and KV where it fails, with `withdrawalsPatience`
   * @param waitUntil lets work go on behind the answer
   */
  constructor(
    documents: Pick<DocumentReader, "text">,
    now: () => number,
    waitUntil: (work: Promise<unknown>) => void,
  ) {
    this.#documents = documents;
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
    const found = await this.#ask().catch(() => undefined);
    if (began < this.#askedAt) return; // a later one was faster
    this.#askedAt = began;
    // A number that falls back is a document that was lost or restored: it counts.
    if (found !== undefined) this.#known = found;
  }

  async #ask(): Promise<Withdrawals> {
    const text = await this.#documents.text(withdrawalsKey);
    if (text === undefined) return noWithdrawals;
    const found = parseWithdrawals(text);
    if (found === undefined) throw new StorageUnavailable("What is withdrawn cannot be read.");
    return found;
  }
}
