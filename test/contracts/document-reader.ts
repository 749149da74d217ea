import { describe, expect, test } from "vitest";
import type { DocumentReader, OpenDocument } from "../../src/storage/documents.ts";

/** What every DocumentReader promises, whatever it reads from. */
export interface DocumentReaderUnderTest {
  reader: DocumentReader;
  /** Stores a document where the reader will find it. */
  write: (key: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
}

export function documentReaderContract(name: string, subject: () => DocumentReaderUnderTest): void {
  const large = new Uint8Array(300_000).map((_, position) => position % 251);

  describe(`${name} keeps the contract of DocumentReader`, () => {
    test("reads a document byte for byte", async () => {
      const { reader, write } = subject();
      await write("contract/large", large);
      expect(await bytesOf(await reader.open("contract/large"))).toEqual(large);
    });

    test("reads a small document as text, and tells an absent one by undefined", async () => {
      const { reader, write } = subject();
      const text = "größer, \u{1F600}";
      await write("contract/text", new Uint8Array(new TextEncoder().encode(text)));
      expect(await reader.text("contract/text")).toBe(text);
      expect(await reader.text("contract/absent")).toBeUndefined();
    });

    test("says the size right, or not at all", async () => {
      const { reader, write } = subject();
      await write("contract/large", large);
      for (const [range, size] of [
        [undefined, large.byteLength],
        [{ offset: 10, length: 5 }, 5],
        [{ offset: large.byteLength - 2, length: 5 }, 2],
      ] as const) {
        const document = await reader.open("contract/large", range);
        expect([undefined, size]).toContain(document?.size);
        await document?.body.cancel();
      }
    });

    test("reads an empty document", async () => {
      const { reader, write } = subject();
      await write("contract/empty", new Uint8Array());
      expect(await bytesOf(await reader.open("contract/empty"))).toEqual(new Uint8Array());
    });

    test("tells absent documents by undefined", async () => {
      const { reader } = subject();
      expect(await reader.open("contract/absent")).toBeUndefined();
      expect(await reader.open("contract/absent", { offset: 0, length: 1 })).toBeUndefined();
      expect(await reader.bytes("contract/absent", { offset: 0, length: 1 })).toBeUndefined();
    });

    test.for([
      { offset: 0, length: 1 },
      { offset: 0, length: 300_000 },
      { offset: 65_535, length: 3 },
      { offset: 131_072, length: 100_001 },
      { offset: 299_999, length: 1 },
      { offset: 299_000, length: 5_000 },
    ])("reads the part of $length bytes at $offset, cut off at the end", async (range) => {
      const { reader, write } = subject();
      await write("contract/large", large);
      const expected = large.slice(range.offset, range.offset + range.length);
      expect(await bytesOf(await reader.open("contract/large", range))).toEqual(expected);
      expect(await reader.bytes("contract/large", range)).toEqual(expected);
    });
  });
}

async function bytesOf(document: OpenDocument | undefined): Promise<Uint8Array | undefined> {
  return document && new Response(document.body).bytes();
}
