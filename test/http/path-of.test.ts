import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pathOf } from "../../src/http/path-of.ts";

describe("pathOf", () => {
  test.each([
    "https://charts.example",
    "https://charts.example?a=/b",
    "https://charts.example/",
    "https://charts.example:8443/stable/index.yaml?x=1/2#f",
    "https://charts.example/stable@2026-08-01T00:00:00Z/a%2Fb/c+d.tgz",
    "https://charts.example/a/../v2/",
    "https://charts.example/a/%2e%2E/v2/",
    "https://charts.example/./a/.hidden/...",
    "https://charts.example/a\\..\\b",
    'https://charts.example/größe/"<b>"/ x',
    "https://charts.example/%zz/%",
    "https://user:pass@charts.example/a?b#c",
  ])("%s has the path that parsing it gives", (url) => {
    expect(pathOf(url)).toBe(new URL(url).pathname);
  });

  test("is what parsing gives, whatever stands behind the host", () => {
    const piece = fc.constantFrom(
      "/",
      ".",
      "..",
      "%2e",
      "%2E",
      "%",
      "?",
      "#",
      "\\",
      "a",
      "@",
      ":",
      " ",
      "\t",
      "ü",
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const url = `https://charts.example/${pieces.join("")}`;
        expect(pathOf(url)).toBe(new URL(url).pathname);
      }),
      { numRuns: 2000 },
    );
  });
});
