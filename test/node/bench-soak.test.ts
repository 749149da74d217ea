import { expect, test } from "vitest";
import { Readers, hasDigest } from "../../bench/soak/asked.ts";
import { Load } from "../../bench/soak/load.ts";
import { sha256, Truth } from "../../bench/soak/truth.ts";
import { LoopbackServer } from "../support/loopback-server.ts";

const digest = "ab".repeat(32);
const truth = new Truth();
truth.add(["stable"], "web", "1.0.0", digest);
const entry = { name: "web", version: "1.0.0", digest, urls: [`charts/${digest}/web-1.0.0.tgz`] };
const indexOf = (...entries: object[]): Buffer => Buffer.from(JSON.stringify({ entries: { web: entries } }));
const tagged = (etag = '"1"') => ({ status: 200, headers: new Map([["etag", etag]]), bytes: 0 });

/** As `checkIndex` says of an index that readers see first. */
const whyWrong = (body: Buffer): string | undefined =>
  new Readers(truth).checkIndex("stable", "/stable/index.yaml", tagged(), body);

test("an index is right that lists what was published, and nothing else", () => {
  expect(whyWrong(indexOf(entry))).toBeUndefined();
  expect(whyWrong(indexOf())).toBe("it lists nothing");
  expect(whyWrong(indexOf(entry, { ...entry, version: "2.0.0" }))).toContain("never published");
  expect(whyWrong(indexOf({ ...entry, digest: "cd".repeat(32) }))).toContain("is listed with");
  expect(whyWrong(indexOf({ ...entry, urls: [`charts/${"cd".repeat(32)}/web-1.0.0.tgz`] }))).toContain(
    "leads to",
  );
  expect(() => whyWrong(indexOf(entry).subarray(0, -3))).toThrow("JSON");
});

test("the same entity tag over other bytes is wrong, however right these are", () => {
  const readers = new Readers(truth);
  const ask = (etag: string, body: Buffer) =>
    readers.checkIndex("stable", "/stable/index.yaml", tagged(etag), body);
  expect(ask('"1"', indexOf(entry))).toBeUndefined();
  expect(ask('"2"', indexOf(entry, entry))).toBeUndefined();
  expect(ask('"1"', indexOf(entry, entry))).toContain("other bytes under the same ETag");
});

test("what an index lists is asked for next, once", () => {
  const readers = new Readers(truth);
  for (const etag of ['"1"', '"2"']) readers.checkIndex("stable", "/x", tagged(etag), indexOf(entry));
  expect([readers.nextListed()?.entry, readers.nextListed()]).toEqual([entry, undefined]);
});

test("bytes have the digest that they should have", () => {
  expect(hasDigest(Buffer.from("a"), sha256("a"))).toBeUndefined();
  expect(hasDigest(Buffer.from("b"), sha256("a"))).toContain("its bytes have the digest");
});

test("a load counts each answer, and tells wrong ones, refused ones, and broken connections apart", async () => {
  let count = 0;
  await using stack = new AsyncDisposableStack();
  const server = new LoopbackServer(async (request, response) => {
    count += 1;
    if (count % 4 === 1) request.socket.destroy();
    else if (count % 4 === 2) response.writeHead(503).end("later");
    else response.end(count % 4 === 3 ? "wrong" : "right");
    await Promise.resolve();
  });
  await server.listen();
  stack.defer(() => server.close());
  const load = new Load(new URL(`http://127.0.0.1:${server.port}`), () => ({
    kind: "x",
    path: "/x",
    statuses: [200],
    check: (_, body) => (String(body) === "right" ? undefined : `it says ${String(body)}`),
  }));
  const running = load.run(1);
  while (load.requests < 40) await new Promise((resolve) => setImmediate(resolve));
  load.stop();
  await running;
  const told = [...load.failures.keys()];
  for (const why of [
    "x: it says wrong",
    "x: status 503: later",
    expect.stringMatching(/^x: .*(?:clos|reset)/i),
  ]) {
    expect(told).toContainEqual(why);
  }
  const failures = [...load.failures.values()].reduce((sum, failed) => sum + failed, 0);
  expect(failures).toBeGreaterThan(load.requests * 0.7);
  expect(load.latencies.get("warming")?.get("x")).toHaveLength(load.requests);
});
