import { expect, test } from "vitest";
import { parseNextPage } from "../../src/oci/next-page.ts";

test.each([
  ["distribution's", '</v2/a/tags/list?last=b&n=2>; rel="next"', "/v2/a/tags/list?last=b&n=2"],
  ["without quotes", "</v2/a>; rel=next", "/v2/a"],
  [
    "absolute",
    '<https://quay.io/v2/a?next_page=gAAA%3D>; rel="next"',
    "https://quay.io/v2/a?next_page=gAAA%3D",
  ],
  ["other parameters around", '</x>; title="a, b; rel=prev"; rel="next"; type="x"', "/x"],
  ["several relations", '</x>; rel="last next"', "/x"],
  ["any case", "</x>; REL=Next", "/x"],
  ["several links", '</first>; rel="first", </x>; rel="next", </last>; rel="last"', "/x"],
  ["commas and semicolons in the address", "</x,y;z>; rel=next", "/x,y;z"],
  ["no space", '</x>;rel="next"', "/x"],
  ["the first rel alone", '</x>; rel="prev"; rel="next"', undefined],
  ["another relation", '</x>; rel="prev"', undefined],
  ["a relation that only begins so", '</x>; rel="nextish"', undefined],
  ["no relation", "</x>", undefined],
  ["no link", "next", undefined],
  ["nothing", "", undefined],
  ["too much", `<${"x".repeat(10_000)}>; rel="next"`, undefined],
])("reads %s", (_name, header, expected) => {
  expect(parseNextPage(header)).toBe(expected);
});

test("no header is no next page", () => {
  expect(parseNextPage(null)).toBeUndefined();
});

test.each(["<", "<>", "<>;", '<>;a="', "; ", ", ", '"'])(
  "a header full of %j is read to its end, or given up, at once",
  (piece) => {
    expect(parseNextPage(piece.repeat(8192 / piece.length))).toBeUndefined();
  },
);
