import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { LoopbackServer } from "../loopback-server.ts";
import { type Answer, pagesAnswer } from "./answer.ts";
import type { Fault } from "./faults.ts";
import type { Site } from "./site.ts";

export interface RecordedRequest {
  method: string;
  /** As it was written, query included. */
  target: string;
  /** Decoded, without its leading slash. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Milliseconds since 1970. */
  at: number;
  /** 0 until headers were sent. */
  readonly status: number;
}

export async function startUpstream(site: Site, port = 0): Promise<Upstream> {
  const upstream = new Upstream(site);
  await upstream.listen(port);
  return upstream;
}

/**
 * A web server at the network's edge that answers as GitHub Pages does, tells what it was asked, and
 * breaks in every way on demand.
 */
export class Upstream implements AsyncDisposable {
  /** May be replaced while the server runs. */
  site: Site;
  readonly requests: RecordedRequest[] = [];
  /** How many requests were being answered at the same time, at most. */
  concurrentMaximum = 0;
  readonly #faults: { pattern: RegExp; fault: Fault }[] = [];
  readonly #unfinished = new Set<ServerResponse>();
  readonly #server: LoopbackServer;
  #concurrent = 0;

  constructor(site: Site) {
    this.site = site;
    this.#server = new LoopbackServer((request, response) => this.#serve(request, response));
  }

  /** Without a trailing slash. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** Whatever path (decoded, without its leading slash) matches is answered by the fault; the latest one counts. */
  fault(pattern: RegExp, fault: Fault): void {
    this.#faults.unshift({ pattern, fault });
  }

  /** Removes every fault, and ends what still hangs. */
  clearFaults(): void {
    this.#faults.length = 0;
    // Not the connections at rest: a client that is about to use one again would fail.
    for (const response of this.#unfinished) response.destroy();
  }

  requestsFor(pattern: RegExp): RecordedRequest[] {
    return this.requests.filter(({ path }) => pattern.test(path));
  }

  forgetRequests(): void {
    this.requests.length = 0;
    this.concurrentMaximum = this.#concurrent;
  }

  /** Also brings a closed server back, at the address that it had. */
  async listen(port?: number): Promise<void> {
    await this.#server.listen(port);
  }

  /** From now on connections are refused. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const record = recordOf(request, response);
    this.requests.push(record);
    this.#concurrent += 1;
    this.concurrentMaximum = Math.max(this.concurrentMaximum, this.#concurrent);
    this.#unfinished.add(response);
    response.once("close", () => {
      this.#concurrent -= 1;
      this.#unfinished.delete(response);
    });
    try {
      await this.#answer(request, response, record);
    } catch (cause) {
      console.error(`The test's upstream failed at ${record.target}`, cause);
      response.destroy();
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    { path }: RecordedRequest,
  ): Promise<void> {
    const answer = pagesAnswer({ path, headers: request.headers }, await this.site(path));
    const send = (sent: Answer): void => {
      response.writeHead(sent.status, sent.headers);
      response.end(request.method === "HEAD" ? undefined : sent.body);
    };
    const broken = this.#faults.find(({ pattern }) => pattern.test(path));
    await (broken === undefined ? send(answer) : broken.fault({ request, response, path, answer, send }));
  }
}

function recordOf(request: IncomingMessage, response: ServerResponse): RecordedRequest {
  const target = request.url ?? "/";
  const [path = "/"] = target.split("?");
  return {
    method: request.method ?? "",
    target,
    path: decodePath(path).slice(1),
    headers: request.headers,
    at: Date.now(),
    get status() {
      return response.headersSent ? response.statusCode : 0;
    },
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // what is no escape stands for itself
  }
}
