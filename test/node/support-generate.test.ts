import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { generateRepository } from "../../bench/generate/generated-repository.ts";
import { yamlMapping } from "../../bench/generate/yaml-text.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

interface ReadIndex {
  entries: Record<string, { version: string; digest: string; urls: string[] }[]>;
}

test("lists every archive with the digest that it has", async () => {
  const repository = generateRepository({ charts: 3, versions: 10 });
  const index: ReadIndex = parse(await repository.index());
  const listed = Object.values(index.entries).flat();
  expect(listed.map(({ urls }) => urls[0])).toEqual(repository.files);
  expect(listed).toHaveLength(10);
  for (const { urls, digest } of listed) {
    expect(sha256((await repository.archive(urls[0] ?? "")) ?? new Uint8Array())).toBe(digest);
  }
});

test("makes the same bytes from the same options, and others from another seed", async () => {
  const options = { charts: 2, versions: 6, entryBytes: 1500, archiveBytes: 3000 };
  const [one, same] = [generateRepository(options), generateRepository(options)];
  const other = generateRepository({ ...options, seed: "other" });
  expect(await same.index()).toBe(await one.index());
  expect(await other.index()).not.toBe(await one.index());
});

test.each([400, 800, 2000])("writes entries of about %i bytes", async (entryBytes) => {
  const index = await generateRepository({ charts: 5, versions: 500, entryBytes }).index();
  expect(index.length / 500).toBeGreaterThan(entryBytes * 0.85);
  expect(index.length / 500).toBeLessThan(entryBytes * 1.15);
});

test("makes archives of about the size asked for", async () => {
  const repository = generateRepository({ versions: 1, archiveBytes: 12_000 });
  const archive = await repository.archive(repository.files[0] ?? "");
  expect(archive?.byteLength).toBeGreaterThan(11_500);
  expect(archive?.byteLength).toBeLessThan(12_500);
});

test("gives a version that is released again other bytes, and takes back one that is removed", async () => {
  const repository = generateRepository({ versions: 0 });
  repository.addVersion("web", "1.0.0");
  repository.addVersion("web", "1.1.0-rc.1");
  const first = await repository.digest("web", "1.0.0");
  repository.addVersion("web", "1.0.0");
  expect(await repository.digest("web", "1.0.0")).not.toBe(first);
  expect(repository.versions("web")).toEqual(["1.1.0-rc.1", "1.0.0"]);
  repository.removeVersion("web", "1.1.0-rc.1");
  expect(repository.files).toEqual(["web-1.0.0.tgz"]);
  expect(await repository.archive("web-1.1.0-rc.1.tgz")).toBeUndefined();
});

test.each<[value: string, written: string]>([
  ["1.10", '"1.10"'],
  ["1.10.2", "1.10.2"],
  ["yes", '"yes"'],
  ["2024-01-01T00:00:00Z", '"2024-01-01T00:00:00Z"'],
  [">=1.25.0-0", "'>=1.25.0-0'"],
  ["it's: so", "'it''s: so'"],
  ["", '""'],
  ["https://example.com/a#b", "https://example.com/a#b"],
  ["two\nlines\n", "|\n  two\n  lines"],
  [`${"word ".repeat(20)}end`, `${"word ".repeat(16).trim()}\n  ${"word ".repeat(4)}end`],
])("writes %j as go-yaml does", (value, written) => {
  const text = yamlMapping({ a: value });
  expect(text).toBe(`a: ${written}\n`);
  expect(parse(text)).toEqual({ a: value });
});
