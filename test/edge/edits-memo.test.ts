import { expect, test } from "vitest";
import { EditsMemo } from "../../src/edge/edits-memo.ts";
import type { Contents } from "../../src/storage/contents.ts";
import { ContentsMemo } from "../../src/storage/contents-memo.ts";
import type { DocumentReader } from "../../src/storage/documents.ts";
import { withdrawalOf } from "../support/withdrawing.ts";

const line = JSON.stringify({ name: "alpha", version: "1.0.0", digest: "0a".repeat(32) });

/** Every revision has the same charts, of which one has a version that is withdrawn. */
function memoOf(charts: number) {
  const place = { offset: 0, length: line.length, etag: "aa", registry: { offset: 0, length: 0 } };
  const contents: Contents = {
    charts: Object.fromEntries(
      ["alpha", ...Array.from({ length: charts - 1 }, (_, at) => `c${at}`)].map((name) => [
        name,
        { ...place, versions: 1, newest: "1.0.0" },
      ]),
    ),
  };
  const read: string[] = [];
  const reader: DocumentReader = {
    text: async () => JSON.stringify(contents),
    bytes: async () => undefined,
    open: async (key) => {
      read.push(key.split("/").at(-2) ?? "");
      return { body: new Blob([line]).stream() };
    },
  };
  const memo = new EditsMemo();
  const parts = { documents: { near: reader, origin: reader }, contents: new ContentsMemo(0) };
  const published = { publishedAt: "", bytes: 1, gzipBytes: 1, charts, versions: charts };
  const ask = async (revision: string) => {
    const viewed = { repository: "stable", revision: { ...published, revision }, policy: "index" } as const;
    const withdrawals = { number: 1, entries: [withdrawalOf("stable", "alpha", "1.0.0")] };
    const found = await memo.of(parts, viewed, withdrawals);
    expect(Object.keys(found?.edits?.contents.charts ?? {})).toHaveLength(charts - 1);
  };
  return { ask, read };
}

test("what is kept of many revisions of many charts fits the memory of an isolate", async () => {
  const { ask, read } = memoOf(8000);
  for (const revision of ["a", "b", "b", "a", "c", "c", "b", "a"]) await ask(revision);
  expect(read).toEqual(["a", "b", "c", "a"]);
});

test("a revision of more charts than that is kept alone", async () => {
  const { ask, read } = memoOf(30_000);
  for (const revision of ["a", "a", "b", "b"]) await ask(revision);
  expect(read).toEqual(["a", "b"]);
});
