import type { z } from "zod";
import * as answers from "./answers.ts";

/** Milliseconds until a mirror that does not answer is given up. */
const patience = 30_000;

/** The mirror refused, or could not be asked. */
export class MirrorRefusal extends Error {
  override name = "MirrorRefusal";
  readonly code: string;
  /** Of the answer; undefined where there was none. */
  readonly status: number | undefined;

  constructor(code: string, message: string, status?: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The operator's routes of a mirror, and its public status. Every method throws {MirrorRefusal}. */
export class MirrorClient {
  readonly #mirror: URL;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;

  constructor(mirror: URL, token: string | undefined, fetcher: typeof fetch) {
    this.#mirror = mirror;
    this.#token = token;
    this.#fetch = fetcher;
  }

  async act(repository: string, action: string, given: Record<string, string>): Promise<answers.Done> {
    const path = `/-/repositories/${encodeURIComponent(repository)}/${action}`;
    return await this.#ask(answers.done, path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
  }

  async standing(repository: string): Promise<answers.Standing> {
    return await this.#ask(answers.standing, `/-/repositories/${encodeURIComponent(repository)}`);
  }

  async audit(limit: number): Promise<z.infer<typeof answers.auditLog>> {
    return await this.#ask(answers.auditLog, `/-/audit?limit=${limit}`);
  }

  async allStatus(): Promise<z.infer<typeof answers.allStatus>> {
    return await this.#ask(answers.allStatus, "/status.json");
  }

  async #ask<T>(schema: z.ZodType<T>, path: string, init: RequestInit = {}): Promise<T> {
    const headers = new Headers(init.headers);
    if (this.#token !== undefined) headers.set("Authorization", `Bearer ${this.#token}`);
    const signal = AbortSignal.timeout(patience);
    let response: Response;
    let value: unknown;
    try {
      response = await this.#fetch(new URL(path, this.#mirror), {
        ...init,
        headers,
        signal,
        redirect: "error",
      });
      value = jsonOf(await response.text());
    } catch (error) {
      throw new MirrorRefusal("unreachable", `${this.#mirror.origin} does not answer: ${reasonOf(error)}`);
    }
    const read = schema.safeParse(value);
    if (response.ok && read.success) return read.data;
    throw this.#refusal(response.status, value);
  }

  #refusal(status: number, value: unknown): MirrorRefusal {
    const told = answers.refusal.safeParse(value);
    if (told.success) return new MirrorRefusal(told.data.error.code, told.data.error.message, status);
    const { origin } = this.#mirror;
    const message =
      status === 404
        ? `${origin} has no operator's routes: is it a Chartkeep mirror, and is its OPERATOR_TOKEN set (32 characters and more)?`
        : `${origin} answers ${status} and nothing that this version understands`;
    return new MirrorRefusal("no-operator", message, status);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What fetch says itself is only "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}
