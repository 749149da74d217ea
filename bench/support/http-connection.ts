import { type Socket, connect } from "node:net";
import { type ReadResponse, ResponseReader } from "./response-reader.ts";

/** One connection that is kept, and on it one request at a time: what a load needs, and cheaper than node:http. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  #waiting: PromiseWithResolvers<ReadResponse> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (data) => this.#take(data));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(new Error("the connection was closed")));
  }

  /** @param url of which host and port count */
  static async open(url: URL): Promise<HttpConnection> {
    const socket = connect(Number(url.port), url.hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new HttpConnection(socket);
  }

  /** @param request as `requestText` writes it */
  async send(request: string): Promise<ReadResponse> {
    this.#waiting = Promise.withResolvers();
    this.#socket.write(request);
    return await this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    try {
      const response = this.#reader.push(data);
      if (response !== undefined) this.#waiting?.resolve(response);
    } catch (error) {
      this.#waiting?.reject(error);
    }
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
  const connection = await HttpConnection.open(target);
  try {
    return await connection.send(requestText(target, headers));
  } finally {
    connection.close();
  }
}
