import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linkTo, type Page, pageOf, readPageRequest } from "../../src/registry/page.ts";

const tags = ["1.10.0", "1.2.0", "1.0.0", "Z", "_x", "a"];

describe("a page", () => {
  test.for<[string, Page]>([
    ["", { items: ["1.0.0", "1.10.0", "1.2.0", "Z", "_x", "a"] }],
    ["n=6", { items: ["1.0.0", "1.10.0", "1.2.0", "Z", "_x", "a"] }],
    ["n=2", { items: ["1.0.0", "1.10.0"], next: "1.10.0" }],
    ["n=2&last=1.10.0", { items: ["1.2.0", "Z"], next: "Z" }],
    ["n=2&last=Z", { items: ["_x", "a"] }],
    ["last=1.2.0", { items: ["Z", "_x", "a"] }],
    ["last=1.1", { items: ["1.10.0", "1.2.0", "Z", "_x", "a"] }],
    ["last=zzz", { items: [] }],
    ["n=0", { items: [] }],
    ["n=0&last=Z", { items: [] }],
    ["n=99999999999999999999999", { items: ["1.0.0", "1.10.0", "1.2.0", "Z", "_x", "a"] }],
  ])("of %s is %j", ([query, page]) => {
    const asked = readPageRequest(new URLSearchParams(query));
    expect(asked && pageOf(tags, asked)).toEqual(page);
  });

  test.for(["n=", "n=-1", "n=1.5", "n=x", "n=1e3", "n=+1"])("is refused for %s", (query) => {
    expect(readPageRequest(new URLSearchParams(query))).toBeUndefined();
  });

  test("never has more than a thousand entries, asked for or not", () => {
    const many = Array.from({ length: 1500 }, (_, at) => `t${String(at).padStart(4, "0")}`);
    for (const query of ["", "n=1001", "n=100000"]) {
      const asked = readPageRequest(new URLSearchParams(query));
      expect(asked && pageOf(many, asked)).toEqual({ items: many.slice(0, 1000), next: "t0999" });
    }
  });

  test("followed to the end, gives every entry once and in order", () => {
    const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,4}$/);
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (names, n) => {
        const seen: string[] = [];
        for (let last: string | undefined = ""; last !== undefined;) {
          const page: Page = pageOf(names, { n, last });
          expect(page.items.length).toBeLessThanOrEqual(n);
          seen.push(...page.items);
          last = page.next;
        }
        expect(seen).toEqual([...new Set(names)].toSorted());
      }),
    );
  });
});

test("the next page's address is relative and encoded", () => {
  expect(linkTo("/v2/_catalog", 5, "a/b")).toBe('</v2/_catalog?n=5&last=a%2Fb>; rel="next"');
});
