import { type Socket, connect } from "node:net";
import { type ReadResponse, ResponseReader } from "./response-reader.ts";

/** Into one buffer again and again: an index has megabytes. */
const readBytes = 256 * 1024;

/**
 * One connection that is kept, and on it one request at a time: what a load needs, and cheaper than node:http.
 * A server that ends it behind an answer (nginx does, after a thousand) gets another one.
 */
export class HttpConnection {
  readonly #target: URL;
  #socket: Socket | undefined;
  #reader = new ResponseReader();
  #waiting: PromiseWithResolvers<ReadResponse> | undefined;
  #sink: ((part: Buffer) => void) | undefined;

  /** @param target of which host and port count */
  constructor(target: URL) {
    this.#target = target;
  }

  /**
   * @param request as `requestText` writes it
   * @param sink gets each part of the body, in a buffer that is used again behind it
   */
  async send(request: string, sink?: (part: Buffer) => void): Promise<ReadResponse> {
    this.#sink = sink;
    this.#waiting = Promise.withResolvers();
    this.#socket ??= this.#open();
    this.#socket.write(request);
    const response = await this.#waiting.promise;
    if (response.headers.get("connection")?.toLowerCase() === "close") this.close();
    return response;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    const buffer = Buffer.alloc(readBytes);
    const socket = connect({
      port: Number(this.#target.port),
      host: this.#target.hostname,
      noDelay: true,
      onread: { buffer, callback: (length) => this.#take(buffer.subarray(0, length)) },
    });
    const fail = (error: Error): void => {
      if (socket === this.#socket) this.#waiting?.reject(error);
    };
    this.#reader = new ResponseReader((part) => this.#sink?.(part));
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("the connection was closed")));
    return socket;
  }

  /** @returns true: there is always room for more, as nothing is kept */
  #take(data: Buffer): boolean {
    try {
      const response = this.#reader.push(data);
      if (response !== undefined) this.#waiting?.resolve(response);
    } catch (error) {
      this.#waiting?.reject(error);
    }
    return true;
  }
}

/** Helm asks for no compression; neither does this. */
export function requestText(url: URL, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

/** One request, on a connection of its own. */
export async function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadResponse> {
  const target = new URL(url);
  const connection = new HttpConnection(target);
  try {
    return await connection.send(requestText(target, headers));
  } finally {
    connection.close();
  }
}
