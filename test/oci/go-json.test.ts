import { describe, expect, test } from "vitest";
import { goStruct, goText, goValue } from "../../src/oci/go-json.ts";

describe("as Go writes JSON", () => {
  test.for<[unknown, string]>([
    ["a<b>&c", '"a\\u003cb\\u003e\\u0026c"'],
    ["\u2028\u2029", '"\\u2028\\u2029"'],
    ['"\\/', '"\\"\\\\/"'],
    ["\b\f\n\r\t\u0000\u001F\u007F", '"\\b\\f\\n\\r\\t\\u0000\\u001f\u007F"'],
    ["Größe \u{1F600}", '"Größe \u{1F600}"'],
    ["\uD800", '"\uFFFD"'],
    [["a", ["b"], []], '["a",["b"],[]]'],
    [{ b: "2", a: { d: true, c: null } }, '{"a":{"c":null,"d":true},"b":"2"}'],
    [{ 9: "a", 10: "b", Z: "c", a: "d", "": "e" }, '{"":"e","10":"b","9":"a","Z":"c","a":"d"}'],
    [{ "\u{1F600}": "1", "\uFF21": "2" }, '{"\uFF21":"2","\u{1F600}":"1"}'],
    [{ ab: "1", a: "2", abc: "3" }, '{"a":"2","ab":"1","abc":"3"}'],
  ])("%j is %s", ([value, json]) => {
    expect(goValue(value)).toBe(json);
  });

  test("a struct keeps the order of its fields, and leaves out what is not there", () => {
    const fields = [
      ["b", goText("2")],
      ["none", undefined],
      ["a", "1"],
    ] as const;
    expect(goStruct(fields)).toBe('{"b":"2","a":1}');
  });
});
