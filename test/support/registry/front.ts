import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Answer } from "../upstream/answer.ts";
import type { Fault } from "../upstream/faults.ts";
import { LoopbackServer } from "../loopback-server.ts";
import { type RegistryRequest, recordOf } from "./recorded-request.ts";
import type { Ask } from "./route.ts";

export type Origin = "registry" | "tokens" | "storage";

/** The servers of a registry, what they were asked, and how their answers are spoiled. */
export class Front {
  readonly requests: RegistryRequest[] = [];
  readonly #answer: (origin: Origin, ask: Ask) => Answer;
  readonly #servers: Readonly<Record<Origin, LoopbackServer>>;
  readonly #unfinished = new Set<ServerResponse>();
  readonly #faults: { pattern: RegExp; fault: Fault }[] = [];

  constructor(answer: (origin: Origin, ask: Ask) => Answer) {
    this.#answer = answer;
    const server = (origin: Origin): LoopbackServer =>
      new LoopbackServer(async (request, response) => await this.#serve(origin, request, response));
    this.#servers = { registry: server("registry"), tokens: server("tokens"), storage: server("storage") };
  }

  /** Storage has another name, not only another port: Go's client tells hosts apart by name alone. */
  url(origin: Origin): string {
    const host = origin === "storage" ? "localhost" : "127.0.0.1";
    return `http://${host}:${this.#servers[origin].port}`;
  }

  fault(pattern: RegExp, fault: Fault): void {
    this.#faults.unshift({ pattern, fault });
  }

  clearFaults(): void {
    this.#faults.length = 0;
    // Not the connections at rest: a client that is about to use one again would fail.
    for (const response of this.#unfinished) response.destroy();
  }

  async listen(port?: number): Promise<void> {
    await this.#servers.registry.listen(port);
    await this.#servers.tokens.listen();
    await this.#servers.storage.listen();
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#servers).map(async (server) => await server.close()));
  }

  async #serve(origin: Origin, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { record, url, route } = recordOf(request, response, this.url(origin));
    this.requests.push(record);
    this.#unfinished.add(response);
    response.once("close", () => this.#unfinished.delete(response));
    try {
      const { method, headers, path } = record;
      const answer = this.#answer(origin, { method, url, route, headers, body: await buffer(request) });
      const send = (sent: Answer): void => {
        response.writeHead(sent.status, sent.headers);
        response.end(method === "HEAD" ? undefined : sent.body);
      };
      const broken = this.#faults.find(({ pattern }) => pattern.test(path));
      await (broken === undefined ? send(answer) : broken.fault({ request, response, path, answer, send }));
    } catch (cause) {
      console.error(`The test's registry failed at ${record.target}`, cause);
      response.destroy();
    }
  }
}
