import { describe, expect, test } from "vitest";
import { ByteCounter } from "../../bench/support/byte-counter.ts";
import { ask } from "../../bench/support/http-connection.ts";
import { loadFor, percentile } from "../../bench/support/load.ts";
import { type ReadResponse, ResponseReader } from "../../bench/support/response-reader.ts";
import { LoopbackServer } from "../support/loopback-server.ts";

describe("an answer is read to its end and no further, wherever the network cuts it", () => {
  test.each([
    ["with a length", 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "a"\r\n\r\nhello', 200, 5],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\n",
      200,
      8,
    ],
    ["without a body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, 0],
    ["with an empty one", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, 0],
  ])("%s", (_, answer, status, bytes) => {
    const wire = Buffer.from(answer, "latin1");
    for (const size of [1, 2, 3, 7, wire.length]) {
      const reader = new ResponseReader();
      for (let again = 0; again < 2; again += 1) {
        const read: (ReadResponse | undefined)[] = [];
        for (let at = 0; at < wire.length; at += size) read.push(reader.push(wire.subarray(at, at + size)));
        expect(read.at(-1)).toMatchObject({ status, bytes });
        expect(read.slice(0, -1).every((response) => response === undefined)).toBe(true);
      }
    }
  });

  test("and more than the answer is an error, because then a request was answered twice", () => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP";
    expect(() => new ResponseReader().push(Buffer.from(answer))).toThrow("more came than the answer");
  });
});

test("a load counts what was answered, over a server that ends its connections too", async () => {
  let answered = 0;
  await using server = await startServer((count) => {
    answered = count;
    return { close: count % 3 === 0 };
  });
  const load = await loadFor(`${server.url}/x`, { seconds: 0.2, connections: 2 });
  expect(load.requests).toBe(answered);
  expect(load.latencies).toHaveLength(answered);
  expect(load.bytes).toBe(5);
  await expect(loadFor(`${server.url}/x`, { seconds: 0.1, status: 304 })).rejects.toThrow("200, not 304");
});

test("the counter counts heads and bodies, byte for byte", async () => {
  await using server = await startServer(() => ({ close: false }));
  await using counter = await ByteCounter.start(new URL(server.url));
  const { headers } = await ask(`http://${counter.host}/x`);
  const head = `HTTP/1.1 200 OK\r\n${Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  expect(counter.received).toBe(head.length + 5);
});

test("percentiles are values that occurred", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 99, 100]);
});

async function startServer(answer: (count: number) => { close: boolean }) {
  let count = 0;
  const server = new LoopbackServer(async (_, response) => {
    count += 1;
    if (answer(count).close) response.setHeader("Connection", "close");
    response.end("hello");
    await Promise.resolve();
  });
  await server.listen();
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.close() };
}
