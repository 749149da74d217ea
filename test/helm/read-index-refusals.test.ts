import { describe, expect, test } from "vitest";
import { readIndex } from "../../src/helm/read-index.ts";
import { collectEntries, roomy } from "./collect-entries.ts";

const entry = "  one:\n  - name: one\n    urls:\n    - one-1.0.0.tgz\n    version: 1.0.0\n";

describe("what is no usable index", () => {
  test.each<[string, string, string]>([
    ["no bytes", "", "empty"],
    ["one line break", "\n", "empty"],
    ["blanks and a byte order mark", "\ufeff \n\t\n", "empty"],
    ["one letter", "x", "not-an-index"],
    ["a sentence", "Not Found", "not-an-index"],
    ["a status line", "404: Not Found\n", "not-an-index"],
    ["an HTML page", "<!DOCTYPE html>\n<html><body>entries:</body></html>\n", "html"],
    ["an HTML page in one line", "<html></html>", "html"],
    ["an indented HTML page", "\n\n  <html>\n<body></body></html>", "html"],
    ["a Chart.yaml", "name: one\nversion: 1.0.0\n", "not-an-index"],
    ["JSON of an API", '{"message":"Not Found"}', "not-an-index"],
    ["a JSON list", "[]", "not-an-index"],
    ["a YAML list", "- a\n- b\n", "not-an-index"],
    ["no apiVersion, on which Helm fails", `entries:\n${entry}`, "not-an-index"],
    ["no entries", "apiVersion: v1\ngenerated: x\n", "no-entries"],
    ["JSON without entries", '{"apiVersion":"v1"}', "no-entries"],
    ["entries that are a list", "apiVersion: v1\nentries:\n- name: x\n", "not-an-index"],
    ["entries that are a text", "apiVersion: v1\nentries: soon\n", "not-an-index"],
    ["entries twice", `apiVersion: v1\nentries:\n${entry}entries:\n${entry}`, "malformed"],
    ["broken YAML", "apiVersion: v1\nentries: [\n", "malformed"],
    ["a conflict at the top", `<<<<<<< HEAD\napiVersion: v1\nentries:\n${entry}`, "conflict-markers"],
    ["a conflict between charts", `apiVersion: v1\nentries:\n${entry}=======\n${entry}`, "conflict-markers"],
    [
      "a conflict inside an entry",
      `apiVersion: v1\nentries:\n${entry}>>>>>>> theirs\n    icon: x\n`,
      "conflict-markers",
    ],
    ["a conflict in JSON", '{\n<<<<<<< HEAD\n"apiVersion":"v1"}', "conflict-markers"],
    ["NUL bytes", `apiVersion: v1\nentries:\n${entry}\0\0\0`, "binary"],
  ])("%s", async (_name, text, code) => {
    for (const chunkSize of [1, 65_536]) {
      const { outcome } = await collectEntries(text, { chunkSize });
      expect(outcome).toMatchObject({ kind: "unusable", code });
    }
  });

  test("an index larger than the limit, and the rest of it is not read", async () => {
    const text = `apiVersion: v1\nentries:\n${entry.repeat(100)}`;
    const collected = await collectEntries(text, { limits: { ...roomy, indexBytes: 1000 }, chunkSize: 100 });
    expect(collected.outcome).toMatchObject({ kind: "unusable", code: "too-large" });
    expect(collected.cancelled).toBe(true);
  });

  test("a line without end that is no entry", async () => {
    const text = `apiVersion: v1\nx: ${"x".repeat(10_000)}`;
    const limits = { indexBytes: 100_000, entryBytes: 1000, fallbackBytes: 2000 };
    const { outcome } = await collectEntries(text, { limits, chunkSize: 100 });
    expect(outcome).toMatchObject({ kind: "unusable", code: "too-odd" });
  });

  test("says where the conflict is", async () => {
    const { outcome } = await collectEntries(`apiVersion: v1\nentries:\n${entry}=======\n`);
    expect(outcome).toMatchObject({ message: expect.stringContaining("line 8") });
  });
});

describe("what is not the document's fault", () => {
  const visitor = { entry: () => true, restart: () => {} };

  test("an error of the stream is thrown as it is", async () => {
    const failure = new Error("connection reset");
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulls += 1;
        if (pulls > 1) return controller.error(failure);
        controller.enqueue(new TextEncoder().encode(`apiVersion: v1\nentries:\n${entry}`));
      },
    });
    await expect(readIndex(body, roomy, visitor)).rejects.toBe(failure);
  });

  test("an error of the visitor is thrown as it is, and the stream is cancelled", async () => {
    const failure = new Error("disk full");
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) =>
        controller.enqueue(new TextEncoder().encode(`apiVersion: v1\nentries:\n${entry}  -`)),
      cancel: () => {
        cancelled = true;
      },
    });
    const throwing = {
      ...visitor,
      entry: () => {
        throw failure;
      },
    };
    await expect(readIndex(body, roomy, throwing)).rejects.toBe(failure);
    expect(cancelled).toBe(true);
  });
});
