import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";

/** Stands before a server on loopback and passes on every byte, counting those that come back. */
export class ByteCounter implements AsyncDisposable {
  /** What the server sent since it was last set to 0: heads and bodies, without those of TCP and IP. */
  received = 0;
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, { port }: AddressInfo) {
    this.#server = server;
    this.#sockets = sockets;
    this.host = `127.0.0.1:${port}`;
  }

  /** @param target of which host and port count */
  static async start(target: URL): Promise<ByteCounter> {
    const sockets = new Set<Socket>();
    let counter: ByteCounter | undefined;
    const server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      upstream.on("data", (data) => {
        if (counter !== undefined) counter.received += data.length;
      });
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => sockets.delete(from));
        from.pipe(to);
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the counter has no port");
    counter = new ByteCounter(server, sockets, address);
    return counter;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
