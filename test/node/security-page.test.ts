import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/security.md"), "utf8");

/** `file`: "name", "name" — as the page names tests. */
const named = Array.from(
  page.matchAll(/`(test\/[^`]+\.test\.ts)`((?::|,)? ?"[^"|]+"(?:, "[^"|]+")*)?/g),
  ([, file = "", names = ""]) => ({
    file,
    names: Array.from(names.matchAll(/"([^"]+)"/g), ([, name = ""]) => name),
  }),
);

test("docs/security.md names tests for most of its threats", () => {
  expect(named.length).toBeGreaterThan(35);
  expect(named.flatMap(({ names }) => names).length).toBeGreaterThan(60);
});

test("every test that docs/security.md names exists", () => {
  const missing = named.flatMap(({ file, names }) => {
    if (!existsSync(join(root, file))) return [file];
    const text = readFileSync(join(root, file), "utf8");
    // As the title of a test, or as the name of one of its cases.
    return names.filter((name) => !text.includes(`"${name}"`)).map((name) => `${file}: ${name}`);
  });
  expect(missing).toEqual([]);
});

test("every source file that docs/security.md names exists", () => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).map(
    (file) => `src/${file}`,
  );
  const files = Array.from(page.matchAll(/`((?!test\/)[\w./-]+\.ts)`/g), ([, file = ""]) => file);
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !sources.some((source) => `/${source}`.endsWith(`/${file}`)))).toEqual([]);
});

test("every file in test/security is named in docs/security.md", () => {
  const files = readdirSync(join(root, "test/security")).map((file) => `test/security/${file}`);
  expect(files.filter((file) => !named.some((one) => one.file === file))).toEqual([]);
});
