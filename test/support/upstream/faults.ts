import { setTimeout as delay } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import { type Answer, htmlAnswer } from "./answer.ts";

/** One request on its way to its answer. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The decoded path, without its leading slash. */
  path: string;
  /** What would be answered if nothing were wrong. */
  answer: Answer;
  /** Sends an answer as it is. */
  send: (answer: Answer) => void;
}

/** Answers in its own way, or passes the answer on with `exchange.send`. */
export type Fault = (exchange: Exchange) => void | Promise<void>;

/** Any status, with an HTML page, as GitHub Pages and its CDN answer. */
export const status =
  (code: number, headers: Record<string, string> = {}): Fault =>
  ({ send }) => {
    const answer = htmlAnswer(code, `<!DOCTYPE html><html><body><h1>${code}</h1></body></html>\n`);
    send({ ...answer, headers: { ...answer.headers, ...headers } });
  };

/** 429 by default, with Retry-After. */
export const rateLimited = (retryAfter: number | string = 1, code = 429): Fault =>
  status(code, { "retry-after": String(retryAfter) });

/** An HTML page where a file is expected, with 200: a parked domain, a login, a captive portal. */
export const htmlPage = (): Fault => status(200);

/** Other content, with everything else right: 200, its length, validators of its own. */
export const content =
  (body: string | Uint8Array, headers: Record<string, string> = {}): Fault =>
  ({ send }) => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    send({ status: 200, headers: { "content-length": String(bytes.byteLength), ...headers }, body: bytes });
  };

export const emptyBody = (): Fault => content("");

/** As many bytes as the file has, but other ones. */
export const wrongBytes =
  (): Fault =>
  ({ answer, send }) =>
    send({ ...answer, body: answer.body.map((byte) => byte ^ 0x5a) });

/** The file is complete as far as HTTP goes, but its end is missing. */
export const cutFile =
  (bytes: number): Fault =>
  ({ answer, send }) => {
    const body = answer.body.subarray(0, bytes);
    send({ ...answer, headers: { ...answer.headers, "content-length": String(body.byteLength) }, body });
  };

/**
 * The connection ends behind `bytes` of the body. Announced by a length or by chunks this can be seen;
 * where the end of the connection ends the body (`"close"`), it cannot.
 */
export const truncated =
  (bytes: number, framing: "length" | "chunked" | "close" = "length"): Fault =>
  async ({ answer, request, response }) => {
    if (framing === "close") endByClosing(response);
    response.writeHead(answer.status, framing === "length" ? answer.headers : withoutLength(answer.headers));
    const body = answer.body.subarray(0, bytes);
    await flush(response, body);
    request.socket.end(() => request.socket.destroy());
  };

/** The connection is reset (TCP RST) behind `bytes` of the body; with 0, before the headers. */
export const resetAfter =
  (bytes: number): Fault =>
  async ({ answer, request, response }) => {
    if (bytes > 0) {
      response.writeHead(answer.status, answer.headers);
      await flush(response, answer.body.subarray(0, bytes));
      // The bytes must have left before the reset overtakes them.
      await delay(20);
    }
    request.socket.resetAndDestroy();
  };

/** No answer at all; with `"body"` the headers still come. */
export const hang =
  (before: "headers" | "body" = "headers"): Fault =>
  ({ answer, response }) => {
    if (before === "body") response.writeHead(answer.status, answer.headers).flushHeaders();
  };

/** The body comes at so many bytes a second. */
export const drip =
  (bytesPerSecond = 1): Fault =>
  async ({ answer, response }) => {
    response.writeHead(answer.status, answer.headers);
    for (const byte of answer.body) {
      if (response.destroyed) return;
      response.write(Uint8Array.of(byte));
      await delay(1000 / bytesPerSecond);
    }
    response.end();
  };

/** Everything comes, so many milliseconds late. */
export const slow =
  (milliseconds: number): Fault =>
  async ({ answer, send }) => {
    await delay(milliseconds);
    send(answer);
  };

/** `to` may hold the path of the request, decoded and without its leading slash. */
export const redirect =
  (to: string | ((path: string) => string), code = 302): Fault =>
  ({ path, send }) => {
    const location = typeof to === "string" ? to : to(path);
    send({ status: code, headers: { location, "content-length": "0" }, body: new Uint8Array() });
  };

/** So many redirects, from the file to itself with a counter behind it, then the file. */
export const redirectChain =
  (hops: number): Fault =>
  (exchange) => {
    const url = new URL(exchange.request.url ?? "/", "http://localhost");
    const hop = Number(url.searchParams.get("hop") ?? 0);
    if (hop >= hops) return exchange.send(exchange.answer);
    return redirect(`${url.pathname}?hop=${hop + 1}`)(exchange);
  };

export const redirectLoop = (): Fault => redirectChain(Number.POSITIVE_INFINITY);

/** More bytes than Content-Length announces. */
export const longerThanAnnounced =
  (extra = 1000): Fault =>
  ({ answer, response }) => {
    endByClosing(response);
    response.writeHead(answer.status, answer.headers);
    response.end(Buffer.concat([answer.body, Buffer.alloc(extra, 0x20)]));
  };

/** The body never ends: first the file, then spaces as fast as they are taken. */
export const endless =
  (): Fault =>
  async ({ answer, response }) => {
    response.writeHead(answer.status, withoutLength(answer.headers));
    const more = Buffer.alloc(64 * 1024, 0x20);
    for (let part = answer.body; !response.destroyed; part = more) await flush(response, part);
  };

/** The whole file, in chunks, without a Content-Length. */
export const chunked =
  (): Fault =>
  ({ answer, send }) =>
    send({ ...answer, headers: withoutLength(answer.headers) });

/** Says `etag` whatever the file holds, and 304 to whoever knows it. */
export const lyingEtag =
  (etag = '"always-the-same"'): Fault =>
  ({ answer, request, send }) => {
    const headers = { ...answer.headers, etag };
    if (request.headers["if-none-match"] === etag)
      return send({ status: 304, headers, body: new Uint8Array() });
    return send({ ...answer, headers });
  };

/** No validators: every check reads the whole file. */
export const withoutValidators =
  (): Fault =>
  ({ answer, send }) => {
    const headers = { ...answer.headers };
    delete headers["etag"];
    delete headers["last-modified"];
    send({ ...answer, headers });
  };

/** A fault for the first `count` requests only. */
export function firstTimes(count: number, fault: Fault): Fault {
  let seen = 0;
  return (exchange) => {
    seen += 1;
    return seen <= count ? fault(exchange) : exchange.send(exchange.answer);
  };
}

/** A fault once `count` requests went well. */
export function afterTimes(count: number, fault: Fault): Fault {
  let seen = 0;
  return (exchange) => {
    seen += 1;
    return seen > count ? fault(exchange) : exchange.send(exchange.answer);
  };
}

function withoutLength(headers: Record<string, string>): Record<string, string> {
  const others = { ...headers };
  delete others["content-length"];
  return others;
}

/** Neither length nor chunks: the body ends with the connection (RFC 9112 section 6.3, rule 8). */
function endByClosing(response: ServerResponse): void {
  response.shouldKeepAlive = false;
  response.useChunkedEncodingByDefault = false;
}

/** Resolves once the bytes are with the operating system, or the connection is gone. */
async function flush(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
}

/** Other content made of what the file holds, with validators of its own. */
export const edited =
  (edit: (text: string) => string | Uint8Array, headers: Record<string, string> = {}): Fault =>
  (exchange) =>
    content(edit(new TextDecoder().decode(plainBody(exchange.answer))), headers)(exchange);

function plainBody({ headers, body }: Answer): Uint8Array {
  return headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

/** 304 to whoever asks with a condition, whatever has changed. */
export const neverChanged =
  (): Fault =>
  ({ answer, request, send }) => {
    const isConditional = "if-none-match" in request.headers || "if-modified-since" in request.headers;
    if (!isConditional) return send(answer);
    return send({ status: 304, headers: withoutLength(answer.headers), body: new Uint8Array() });
  };

/** One fault after the other, a request each, and over again. */
export function inTurn(...faults: readonly [Fault, ...Fault[]]): Fault {
  let asked = 0;
  return (exchange) => {
    const fault = faults[asked % faults.length] ?? faults[0];
    asked += 1;
    return fault(exchange);
  };
}

/** What is right. */
export const nothing =
  (): Fault =>
  ({ answer, send }) =>
    send(answer);

/** The file, and so many spaces behind it, all of it announced, as fast as it is taken. */
export const padded =
  (bytes: number): Fault =>
  async ({ answer, response }) => {
    const body = plainBody(answer);
    response.writeHead(200, { "content-length": String(body.byteLength + bytes) });
    await flush(response, body);
    const part = Buffer.alloc(64 * 1024, 0x20);
    for (let left = bytes; left > 0 && !response.destroyed; left -= part.byteLength) {
      await flush(response, part.subarray(0, Math.min(left, part.byteLength)));
    }
    response.end();
  };

/** Another entity tag at every request, for the same file. */
export const freshEtag =
  (): Fault =>
  ({ answer, send }) =>
    send({ ...answer, headers: { ...answer.headers, etag: `"${randomUUID()}"` } });

/** Header fields that say something else; `undefined` takes one away. */
export const saying =
  (fields: Record<string, string | undefined>): Fault =>
  ({ answer, send }) => {
    const headers = Object.entries({ ...answer.headers, ...fields });
    send({
      ...answer,
      headers: Object.fromEntries(
        headers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
    });
  };
