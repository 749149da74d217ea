import { expect, test } from "vitest";
import { parseChallenge } from "../../src/oci/challenge.ts";

const realm = "https://auth.example.com/token";

test.each([
  [
    "GHCR's",
    `Bearer realm="${realm}",service="ghcr.io",scope="repository:o/n:pull"`,
    { scheme: "bearer", realm, service: "ghcr.io", scope: "repository:o/n:pull" },
  ],
  [
    "commas inside quotes and errors after them",
    `Bearer realm="${realm}",scope="repository:a:pull,push",error="insufficient_scope"`,
    { scheme: "bearer", realm, scope: "repository:a:pull,push" },
  ],
  [
    "escapes",
    String.raw`Bearer realm="https://a\"b\\c"`,
    { scheme: "bearer", realm: String.raw`https://a"b\c` },
  ],
  ["any case", `bEARER REALM="${realm}", Service="x"`, { scheme: "bearer", realm, service: "x" }],
  ["space around =", `Bearer realm = "${realm}" , service = x`, { scheme: "bearer", realm, service: "x" }],
  ["no quotes", `Bearer realm=${realm},service=x`, { scheme: "bearer", realm, service: "x" }],
  ["an empty scope", `Bearer realm="${realm}",scope=""`, { scheme: "bearer", realm }],
  ["Basic alone", 'Basic realm="Registry", charset="UTF-8"', { scheme: "basic" }],
  ["Basic without anything", "Basic", { scheme: "basic" }],
  ["Bearer after Basic", `Basic realm="x", Bearer realm="${realm}"`, { scheme: "bearer", realm }],
  ["Bearer before Basic", `Bearer realm="${realm}", Basic realm="x"`, { scheme: "bearer", realm }],
  ["a token68 first", `Negotiate YWJj==, Bearer realm="${realm}"`, { scheme: "bearer", realm }],
  ["a token68 last", `Bearer realm="${realm}",NTLM abc`, { scheme: "bearer", realm }],
  ["empty elements", `,, Bearer ,realm="${realm}",,`, { scheme: "bearer", realm }],
  ["the first of two realms", `Bearer realm="${realm}",realm="https://evil"`, { scheme: "bearer", realm }],
  ["Bearer without a realm, and Basic", 'Bearer error="x", Basic realm="y"', { scheme: "basic" }],
  ["Bearer without a realm", 'Bearer service="x"', undefined],
  ["a quote that does not end", 'Bearer realm="https://x', undefined],
  ["others", "Digest realm=x", undefined],
  ["parameters without a scheme", `realm="${realm}"`, undefined],
  ["nothing", "", undefined],
  ["too much", `Bearer realm="${"x".repeat(10_000)}"`, undefined],
])("reads %s", (_name, header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});

test("no header is no challenge", () => {
  expect(parseChallenge(null)).toBeUndefined();
});

test.each(["a ", 'a="\\', "a=", "=,", '"', "Bearer ", "\\"])(
  "a header full of %j is read to its end, or given up, at once",
  (piece) => {
    expect(parseChallenge(piece.repeat(8192 / piece.length))).toBeUndefined();
  },
);
