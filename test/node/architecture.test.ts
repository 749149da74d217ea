import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../src");

/** Which rooms a room may import from. Reading (edge, web) and writing (keeper) share the stored documents only. */
const allowed: Record<string, readonly string[]> = {
  "worker.ts": [
    "config",
    "edge",
    "registry",
    "web",
    "keeper",
    "upstream",
    "storage",
    "helm",
    "oci",
    "observability",
  ],
  edge: ["http", "web", "storage", "helm", "oci", "config"],
  registry: ["http", "storage", "helm", "oci", "config"],
  web: ["storage", "config"],
  http: ["storage", "config"],
  keeper: ["upstream", "storage", "helm", "oci", "config", "observability"],
  upstream: ["oci", "config"],
  storage: [],
  helm: [],
  oci: [],
  config: [],
  observability: [],
};

/** Packages that a room may use; everything else is the platform. */
const packages: Record<string, readonly string[]> = {
  "worker.ts": ["cloudflare:workers", "../.chartkeep/mirror.ts"],
  edge: ["hono"],
  registry: ["hono"],
  web: ["hono"],
  http: ["fastest-levenshtein"],
  helm: ["yaml", "semver"],
  config: ["zod", "yaml", "fastest-levenshtein", "semver"],
};

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.split(sep).join("/"));

const imports = (file: string): string[] =>
  Array.from(
    readFileSync(join(root, file), "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g),
    (match) => match[1] ?? "",
  );

const room = (file: string): string => file.split("/")[0] ?? file;

test("every room is known here", () => {
  expect(Object.keys(allowed).toSorted()).toEqual([...new Set(files.map(room))].toSorted());
});

describe("imports point down", () => {
  test.each(files)("%s", (file) => {
    for (const specifier of imports(file)) {
      if (!specifier.startsWith(".") || specifier.startsWith("../.chartkeep/")) {
        const known = packages[room(file)] ?? [];
        expect(
          known.some((name) => specifier === name || specifier.startsWith(`${name}/`)),
          specifier,
        ).toBe(true);
        continue;
      }
      const target = room(
        relative(root, join(root, file, "..", specifier))
          .split(sep)
          .join("/"),
      );
      if (target !== room(file))
        expect(allowed[room(file)], `${file} imports ${specifier}`).toContain(target);
    }
  });
});

test("only worker.ts knows the environment", () => {
  const knowing = files.filter((file) =>
    /\bEnv\b|cloudflare:workers|process\.env/.test(readFileSync(join(root, file), "utf8")),
  );
  expect(knowing).toEqual(["worker.ts"]);
});

test("of the configuration's room, the Worker bundles the types alone: the rest works at build time", () => {
  for (const file of files.filter((name) => room(name) !== "config")) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [statement, words] of text.matchAll(/^import (type )?[^;]*\/config\/[^;]*;/gm)) {
      expect(words, `${file}: ${statement}`).toBe("type ");
      expect(statement, file).toMatch(/\/config\/(config|policies)\.ts";$/);
    }
  }
});
