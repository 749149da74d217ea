/** A request of the mirror that did not give what was asked for. */
export class MirrorFailure extends Error {
  override name = "MirrorFailure";
  /** Whether it may pass: the mirror is down or overloaded, or the connection broke. */
  readonly passing: boolean;
  /** Seconds that the mirror asked to wait for, or null. */
  readonly wait: number | null;

  constructor(message: string, options: { passing: boolean; wait?: number | null; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.passing = options.passing;
    this.wait = options.wait ?? null;
  }
}

export const attempts = 5;
/** Of seconds: an answer may ask for more, but nobody waits at a terminal for hours. */
const longestWait = 60;

/**
 * Milliseconds to wait before the next attempt; `undefined` where there is to be none.
 *
 * @param tried how many attempts have failed
 * @param random from 0 to 1, so that six at a time do not come back together
 */
export function waitBeforeNext(failure: MirrorFailure, tried: number, random: number): number | undefined {
  if (!failure.passing || tried >= attempts) return undefined;
  const backoff = 0.5 * 2 ** (tried - 1) * (1 + random / 2);
  return 1000 * Math.min(longestWait, Math.max(backoff, failure.wait ?? 0));
}

/** Retry-After in seconds (RFC 9110 section 10.2.3); a date, which Chartkeep does not send, is not read. */
export function retryAfter(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : null;
}
