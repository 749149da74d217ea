import { type IncomingMessage, type ServerResponse, createServer, request as ask } from "node:http";

export interface RecordingProxy extends AsyncDisposable {
  /** `host:port`, for a browser's settings. */
  address: string;
  /** What was asked for, in order; of a tunnel only its end is known: `https://host:443/`. */
  requested: readonly string[];
}

/** A proxy that writes down what a browser asks for, and passes on only what stays on this machine. */
export async function startRecordingProxy(): Promise<RecordingProxy> {
  const requested: string[] = [];
  const server = createServer((request, response) => {
    requested.push(request.url ?? "");
    passOn(request, response);
  });
  server.on("connect", (request, socket) => {
    requested.push(`https://${request.url}/`);
    socket.destroy();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The proxy has no port");
  return {
    address: `127.0.0.1:${address.port}`,
    requested,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

function passOn(request: IncomingMessage, response: ServerResponse): void {
  const url = URL.parse(request.url ?? "");
  if (url?.hostname !== "127.0.0.1") {
    response.writeHead(502).end();
    return;
  }
  const onward = ask(url.href, { method: request.method, headers: request.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}
