import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

export interface ServerCommand {
  program: string;
  parameters: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Answers 200 as soon as the server is there. */
  probe: string;
}

/** A server that somebody else wrote, as a process of its own on a port of loopback. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #said = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("error", (error) => this.#hear(error.message));
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => this.#hear(String(text)));
  }

  /** @throws {Error} with what it said last, where it does not answer */
  static async start({ program, parameters, env = {}, probe }: ServerCommand): Promise<ServerProcess> {
    const child = spawn(program, parameters, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const server = new ServerProcess(child);
    for (let tries = 0; tries < 200 && child.exitCode === null && child.pid !== undefined; tries += 1) {
      const answer = await fetch(probe).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok === true) return server;
      await delay(50);
    }
    await server[Symbol.asyncDispose]();
    throw new Error(`${program} does not answer at ${probe}; it said:\n${server.#said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    await ended;
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-4000);
  }
}
