import { describe, expect, test } from "vitest";
import type { Contents } from "../../src/storage/contents.ts";
import { ContentsMemo } from "../../src/storage/contents-memo.ts";
import type { Documents } from "../../src/storage/current-revision.ts";
import { revisionKey } from "../../src/storage/keys.ts";
import { StorageUnavailable } from "../../src/storage/storage-unavailable.ts";

const contents = (description: string): Contents => ({
  charts: {
    alpha: {
      offset: 0,
      length: 1,
      etag: "0a",
      registry: { offset: 0, length: 1 },
      versions: 1,
      newest: "1.0.0",
      description,
    },
  },
});
const size = JSON.stringify(contents("")).length;

/** Documents of revisions `a`, `b`, … that are each as large as `contents("")`, and what was read of them. */
function storedContents(texts: Record<string, string> = {}): { documents: Documents; log: string[] } {
  const log: string[] = [];
  const reader = {
    open: () => Promise.reject(new Error("it is read in one piece")),
    bytes: () => Promise.reject(new Error("it is read as text")),
    text: async (key: string) => {
      const revision = /revisions\/(\w+)\//.exec(key)?.[1] ?? "";
      log.push(revision);
      expect(key).toBe(revisionKey("stable", revision, "contents.json"));
      if (revision === "absent") return undefined;
      return texts[revision] ?? JSON.stringify(contents(""));
    },
  };
  return { documents: { near: reader, origin: reader }, log };
}

describe("ContentsMemo", () => {
  test("reads a revision's table once, and gives what it holds", async () => {
    const { documents, log } = storedContents();
    const memo = new ContentsMemo(10 * size);
    const first = await memo.read(documents, "stable", "a");
    expect(first).toEqual(contents(""));
    expect(await memo.read(documents, "stable", "a")).toBe(first);
    expect(log).toEqual(["a"]);
  });

  test("lets go of what was not used for longest where it gets too much", async () => {
    const { documents, log } = storedContents();
    const memo = new ContentsMemo(2 * size);
    for (const revision of ["a", "b", "a", "c"]) await memo.read(documents, "stable", revision);
    expect(log).toEqual(["a", "b", "c"]);
    await memo.read(documents, "stable", "a");
    expect(log).toEqual(["a", "b", "c"]);
    await memo.read(documents, "stable", "b");
    expect(log).toEqual(["a", "b", "c", "b"]);
    await memo.read(documents, "stable", "c");
    expect(log).toEqual(["a", "b", "c", "b", "c"]);
  });

  test("keeps nothing that is larger than all that it may keep, and lets go of nothing for it", async () => {
    const { documents, log } = storedContents({ large: JSON.stringify(contents("x".repeat(3 * size))) });
    const memo = new ContentsMemo(2 * size);
    for (const revision of ["a", "large", "large", "a"]) await memo.read(documents, "stable", revision);
    expect(log).toEqual(["a", "large", "large"]);
  });

  test("counts a table once where two asked for it at the same time", async () => {
    const { documents, log } = storedContents();
    const memo = new ContentsMemo(2 * size);
    await Promise.all([memo.read(documents, "stable", "a"), memo.read(documents, "stable", "a")]);
    await memo.read(documents, "stable", "b");
    log.length = 0;
    await memo.read(documents, "stable", "a");
    expect(log).toEqual([]);
  });

  test("remembers neither that there is none nor what is no table", async () => {
    const { documents, log } = storedContents({ garbled: "{" });
    const memo = new ContentsMemo(10 * size);
    expect(await memo.read(documents, "stable", "absent")).toBeUndefined();
    expect(await memo.read(documents, "stable", "absent")).toBeUndefined();
    await expect(memo.read(documents, "stable", "garbled")).rejects.toThrow(StorageUnavailable);
    expect(log).toEqual(["absent", "absent", "garbled"]);
  });
});
