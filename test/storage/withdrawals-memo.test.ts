import { describe, expect, test } from "vitest";
import { WithdrawalsMemo } from "../../src/storage/withdrawals-memo.ts";

/** A document that may be moved, may fail, and is counted; and its copy. */
function memoOf(text?: string) {
  const copy: { text: string | undefined } = { text: undefined };
  const store = { text, fails: false, reads: 0 };
  const clock = { now: 1_000_000 };
  const behind: Promise<unknown>[] = [];
  const reader = {
    text: async () => {
      store.reads += 1;
      if (store.fails) throw new Error("the store is down");
      return store.text;
    },
  };
  const memo = new WithdrawalsMemo(
    { origin: reader, copy: { text: async () => copy.text } },
    () => clock.now,
    (work) => behind.push(work),
  );
  return { store, copy, clock, memo, behind };
}

const documentOf = (number: number): string => JSON.stringify({ number, entries: [] });

test("is read once in ten seconds", async () => {
  const { memo, store, clock } = memoOf(documentOf(1));
  for (let request = 0; request < 5; request += 1) expect((await memo.read()).number).toBe(1);
  store.text = documentOf(2);
  clock.now += 7_999;
  expect((await memo.read()).number).toBe(1);
  expect(store.reads).toBe(1);
});

test("is read anew behind an answer while it still counts, by one request", async () => {
  const { memo, store, clock, behind } = memoOf(documentOf(1));
  await memo.read();
  store.text = documentOf(2);
  clock.now += 8_000;
  expect((await memo.read()).number).toBe(1);
  expect((await memo.read()).number).toBe(1);
  expect([store.reads, behind.length]).toEqual([2, 1]);
  await Promise.all(behind);
  expect((await memo.read()).number).toBe(2);
});

test("never counts longer than ten seconds, and whoever comes then waits", async () => {
  const { memo, store, clock } = memoOf(documentOf(1));
  await memo.read();
  store.text = documentOf(2);
  clock.now += 10_000;
  expect((await Promise.all([memo.read(), memo.read()])).map(({ number }) => number)).toEqual([2, 2]);
});

test("the last one that was known counts while the store fails, and the store is left alone for a while", async () => {
  const { memo, store, clock } = memoOf(documentOf(1));
  await memo.read();
  store.fails = true;
  clock.now += 10_000;
  expect((await memo.read()).number).toBe(1);
  expect((await memo.read()).number).toBe(1);
  expect(store.reads).toBe(2);
  store.fails = false;
  store.text = documentOf(2);
  clock.now += 10_000;
  expect((await memo.read()).number).toBe(2);
});

test.for([undefined, "{", '{"number":1}', '{"number":1,"entries":[{}]}'])(
  "nothing is withdrawn where %j is all that there ever was",
  async (text) => {
    expect(await memoOf(text).memo.read()).toEqual({ number: 0, entries: [] });
  },
);

test.for([undefined, documentOf(4)])(
  "nothing is forgotten for a document that went back to %j",
  async (text) => {
    const { memo, store, copy, clock } = memoOf(documentOf(5));
    await memo.read();
    store.text = text;
    for (const [copied, number] of [
      [undefined, 5],
      [documentOf(6), 6],
    ] as const) {
      copy.text = copied;
      clock.now += 10_000;
      expect([copied, (await memo.read()).number]).toEqual([copied, number]);
    }
  },
);

describe("while the store fails, or holds something else,", () => {
  test.for(["fails", "is unreadable"])("a copy counts that is not behind (%s)", async (how) => {
    const { memo, store, copy, clock } = memoOf(documentOf(5));
    await memo.read();
    if (how === "fails") store.fails = true;
    else store.text = "{";
    for (const [text, number] of [
      [documentOf(4), 5],
      [undefined, 5],
      ["{", 5],
      [documentOf(6), 6],
    ] as const) {
      copy.text = text;
      clock.now += 10_000;
      expect([text, (await memo.read()).number]).toEqual([text, number]);
    }
  });

  test("an isolate that knows nothing yet takes the copy", async () => {
    const { memo, copy } = memoOf("{");
    copy.text = documentOf(3);
    expect((await memo.read()).number).toBe(3);
  });
});
