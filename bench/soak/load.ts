import { HttpConnection, requestText } from "../support/http-connection.ts";
import type { Asked } from "./asked.ts";

/** Only what is measured in `rest` and `publishing` is compared; every answer is checked in all of them. */
export type Phase = "warming" | "rest" | "publishing" | "settling";

/** Longer than any answer may take; in milliseconds. */
const hangs = 60_000;
const failuresKept = 20;

/** Readers at full speed, each on a connection of its own with one request at a time. */
export class Load {
  phase: Phase = "warming";
  requests = 0;
  /** Milliseconds of each answer, by phase and kind. */
  readonly latencies = new Map<Phase, Map<string, number[]>>();
  /** What went wrong, and how often: `<kind>: <why>`, with numbers left out. */
  readonly failures = new Map<string, number>();
  /** The first few as they were. */
  readonly told: string[] = [];
  readonly #target: URL;
  readonly #ask: (turn: number) => Asked;
  #isOver = false;

  /** @param ask what a reader asks for at its turn */
  constructor(target: URL, ask: (turn: number) => Asked) {
    this.#target = target;
    this.#ask = ask;
  }

  /** @returns when all readers have ended, behind `stop` */
  async run(readers: number): Promise<void> {
    // Each begins elsewhere, so that they do not ask for the same at the same time.
    await Promise.all(Array.from({ length: readers }, (_, reader) => this.#read(reader * 7)));
  }

  stop(): void {
    this.#isOver = true;
  }

  async #read(firstTurn: number): Promise<void> {
    let connection = new HttpConnection(this.#target);
    for (let turn = firstTurn; !this.#isOver; turn += 1) {
      const asked = this.#ask(turn);
      if (await this.#send(connection, asked)) continue;
      connection.close();
      connection = new HttpConnection(this.#target);
    }
    connection.close();
  }

  /** @returns whether the connection can be used again */
  async #send(connection: HttpConnection, asked: Asked): Promise<boolean> {
    const parts: Buffer[] = [];
    const { phase } = this;
    const sent = performance.now();
    const request = requestText(new URL(asked.path, this.#target), asked.headers ?? {});
    try {
      const answer = await inTime(connection.send(request, (part) => parts.push(Buffer.from(part))));
      this.#count(phase, asked.kind, performance.now() - sent);
      const body = Buffer.concat(parts);
      const why = asked.statuses.includes(answer.status)
        ? asked.check(answer, body)
        : `status ${answer.status}: ${body.toString("utf8", 0, 200)}`;
      if (why !== undefined) this.#fail(asked, why);
      return true;
    } catch (error) {
      this.#count(phase, asked.kind, performance.now() - sent);
      this.#fail(asked, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  #count(phase: Phase, kind: string, milliseconds: number): void {
    this.requests += 1;
    const kinds = this.latencies.get(phase) ?? new Map<string, number[]>();
    this.latencies.set(phase, kinds);
    const latencies = kinds.get(kind) ?? [];
    kinds.set(kind, latencies);
    latencies.push(milliseconds);
  }

  #fail({ kind, path }: Asked, why: string): void {
    const key = `${kind}: ${why.replaceAll(/[0-9a-f]{8,}|\d+(?:\.\d+)+/g, "…").slice(0, 100)}`;
    this.failures.set(key, (this.failures.get(key) ?? 0) + 1);
    if (this.told.length < failuresKept) this.told.push(`${new Date().toISOString()} ${path}: ${why}`);
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), hangs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
