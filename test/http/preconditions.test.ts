import { describe, expect, test } from "vitest";
import { notModified } from "../../src/http/preconditions.ts";

const etag = `"abc"`;
const lastModified = new Date("2026-11-20T10:11:12.345Z");

describe("notModified", () => {
  test.for<[Record<string, string>, boolean]>([
    [{}, false],
    [{ "If-None-Match": `"abc"` }, true],
    [{ "If-None-Match": `W/"abc"` }, true],
    [{ "If-None-Match": `"x", W/"y" ,"abc"` }, true],
    [{ "If-None-Match": `"x","y"` }, false],
    [{ "If-None-Match": `*` }, true],
    [{ "If-None-Match": ` * ` }, true],
    [{ "If-None-Match": `abc` }, false],
    [{ "If-None-Match": `"ab"` }, false],
    [{ "If-None-Match": `""` }, false],
    [{ "If-None-Match": "" }, false],
    [{ "If-None-Match": `"a,b", "abc"` }, true],
    [{ "If-None-Match": `"abc` }, false],
    [{ "If-None-Match": `"ABC"` }, false],
    [{ "If-Modified-Since": "Fri, 20 Nov 2026 10:11:12 GMT" }, true],
    [{ "If-Modified-Since": "Fri, 20 Nov 2026 10:11:11 GMT" }, false],
    [{ "If-Modified-Since": "Sat, 21 Nov 2026 00:00:00 GMT" }, true],
    [{ "If-Modified-Since": "yesterday" }, false],
    [{ "If-Modified-Since": "" }, false],
    [{ "If-Modified-Since": "Sat, 21 Nov 2026 00:00:00 GMT", "If-None-Match": `"other"` }, false],
    [{ "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT", "If-None-Match": `"abc"` }, true],
  ])("%j means %s", ([headers, expected]) => {
    expect(notModified(new Headers(headers), { etag, lastModified })).toBe(expected);
  });

  test("knows nothing by date of what has no date", () => {
    const headers = new Headers({ "If-Modified-Since": "Sat, 21 Nov 2026 00:00:00 GMT" });
    expect(notModified(headers, { etag })).toBe(false);
  });
});
