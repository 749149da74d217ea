import { setTimeout as delay } from "node:timers/promises";
import { MirrorFailure, retryAfter, waitBeforeNext } from "./retry.ts";

/** `said`: the mirror's own words of why there is no such thing. */
export type Found<T> = { found: true; value: T } | { found: false; said: string };

export interface Bounds {
  maxBytes: number;
  /** For the whole of it, from the request to the last byte. */
  seconds: number;
  /** Ask for no coding, because the bytes themselves are compressed. */
  identity?: boolean;
}

export interface MirrorParts {
  fetch: typeof fetch;
  /** Milliseconds, before which nothing is tried again. */
  sleep?: (milliseconds: number, stop: AbortSignal) => Promise<unknown>;
  random?: () => number;
  /** Seconds in which something must come; 30 by default. */
  patience?: number;
  /** Ends what is under way. */
  stop: AbortSignal;
}

const redirects = 5;
/** Of a refusal's own words. */
const saidBytes = 4096;

/** What a mirror answers for its paths: bounded in size and time, tried again where that may help. */
export class MirrorFiles {
  readonly #base: string;
  readonly #parts: Required<MirrorParts>;

  /** @param base an address without a trailing slash; redirects may not leave its origin */
  constructor(base: string, parts: MirrorParts) {
    this.#base = base;
    const sleep = (milliseconds: number, signal: AbortSignal) => delay(milliseconds, undefined, { signal });
    this.#parts = { sleep, random: Math.random, patience: 30, ...parts };
  }

  /**
   * Hands the body to `use`, from its beginning again at each attempt.
   *
   * @param path below the base, encoded, with its leading slash
   * @returns not found for 404 and for 410 (withdrawn)
   * @throws {MirrorFailure} where it cannot be had
   */
  async get<T>(
    path: string,
    bounds: Bounds,
    use: (body: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<Found<T>> {
    const { sleep, random, stop } = this.#parts;
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#attempt(path, bounds, use);
      } catch (error) {
        stop.throwIfAborted();
        const wait = error instanceof MirrorFailure ? waitBeforeNext(error, tried, random()) : undefined;
        if (wait === undefined) throw error;
        await sleep(wait, stop);
      }
    }
  }

  /** The same, in memory. */
  async bytes(path: string, bounds: Bounds): Promise<Found<Uint8Array>> {
    return await this.get(path, bounds, async (body) => Buffer.concat(await Array.fromAsync(body)));
  }

  async #attempt<T>(
    path: string,
    bounds: Bounds,
    use: (body: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<Found<T>> {
    const idle = new AbortController();
    const timer = setTimeout(() => idle.abort(), this.#parts.patience * 1000);
    const limit = AbortSignal.timeout(bounds.seconds * 1000);
    const signal = AbortSignal.any([this.#parts.stop, idle.signal, limit]);
    try {
      const response = await this.#follow(this.#base + path, bounds, signal);
      const body = (maxBytes: number) =>
        bodyOf(response, { path, maxBytes, signal, alive: () => timer.refresh() });
      if (response.status === 200) return { found: true, value: await use(body(bounds.maxBytes)) };
      const said = await textOf(body(saidBytes));
      if (response.status === 404 || response.status === 410) return { found: false, said };
      throw refusal(path, response, said);
    } catch (error) {
      if (idle.signal.aborted || limit.aborted) throw timedOut(path, error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #follow(address: string, { identity = false }: Bounds, signal: AbortSignal): Promise<Response> {
    const { origin } = new URL(this.#base);
    const headers = identity ? { "accept-encoding": "identity" } : {};
    let url = address;
    for (let hop = 0; hop <= redirects; hop += 1) {
      const response = await this.#parts
        .fetch(url, { signal, headers, redirect: "manual" })
        .catch((cause) => {
          throw new MirrorFailure(`${url}: ${connectionText(cause)}`, { passing: true, cause });
        });
      const location = response.headers.get("location");
      if (location === null || response.status < 300 || response.status > 399) return response;
      await response.body?.cancel();
      const next = URL.parse(location, url);
      if (next?.origin !== origin) {
        throw new MirrorFailure(`${url}: leads away from the mirror, to ${location}`, { passing: false });
      }
      url = next.href;
    }
    throw new MirrorFailure(`${address}: more than ${redirects} redirects`, { passing: false });
  }
}

interface Reading {
  path: string;
  maxBytes: number;
  signal: AbortSignal;
  /** Told of every chunk. */
  alive: () => void;
}

async function* bodyOf(
  response: Response,
  { path, maxBytes, signal, alive }: Reading,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new MirrorFailure(`${path}: the answer broke off (${connectionText(cause)})`, {
          passing: true,
          cause,
        });
      });
      if (done || value === undefined) return;
      alive();
      total += value.byteLength;
      if (total > maxBytes)
        throw new MirrorFailure(`${path}: larger than ${maxBytes} bytes`, { passing: false });
      yield value;
    }
  } finally {
    if (!signal.aborted) await reader.cancel().catch(() => undefined);
  }
}

/** What fits of it: a page of HTML says no more in full. */
async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  try {
    for await (const chunk of body) text += Buffer.from(chunk).toString();
  } catch {
    // What came of it is all that there is to say.
  }
  return /^\s*</.test(text) ? "" : text.trim();
}

function refusal(path: string, { status, headers }: Response, said: string): MirrorFailure {
  const passing = status >= 500 || status === 429 || status === 408;
  const message = `${path}: ${status}${said === "" ? "" : ` ${said}`}`;
  return new MirrorFailure(message, { passing, wait: retryAfter(headers.get("retry-after")) });
}

const timedOut = (path: string, cause: unknown): MirrorFailure =>
  new MirrorFailure(`${path}: took too long`, { passing: true, cause });

/** undici says only "fetch failed"; what failed stands in its cause. */
function connectionText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
