import { expect, test } from "vitest";
import { parseView, type View } from "../../src/edge/view.ts";

const revision = "0123456789abcdef0123456789abcdef";
const at = (time: string): View => ({ kind: "instant", at: Date.parse(time) });

test.for<[string, View | undefined]>([
  ["latest", { kind: "newest", count: 1 }],
  ["latest-1", { kind: "newest", count: 1 }],
  ["latest-2", { kind: "newest", count: 2 }],
  ["latest-10", { kind: "newest", count: 10 }],
  ["latest-0", undefined],
  ["latest-11", undefined],
  ["latest-01", undefined],
  ["latest-", undefined],
  ["latest-2 ", undefined],
  ["Latest", undefined],
  ["upstream", { kind: "upstream" }],
  [revision, { kind: "revision", revision }],
  [revision.toUpperCase(), undefined],
  [revision.slice(1), undefined],
  [`${revision}0`, undefined],
  ["2026-08-01", at("2026-08-01T00:00:00.000Z")],
  ["2024-02-29", at("2024-02-29T00:00:00.000Z")],
  ["2026-02-29", undefined],
  ["2026-02-30", undefined],
  ["2026-13-01", undefined],
  ["2026-8-1", undefined],
  ["26-08-01", undefined],
  ["2026-08-01T12:30:00Z", at("2026-08-01T12:30:00.000Z")],
  ["2026-08-01t12:30:00z", at("2026-08-01T12:30:00.000Z")],
  ["2026-08-01T12:30:00.250Z", at("2026-08-01T12:30:00.250Z")],
  ["2026-08-01T12:30:00+05:30", at("2026-08-01T07:00:00.000Z")],
  ["2026-08-01T12:30:00-01:00", at("2026-08-01T13:30:00.000Z")],
  ["2026-08-01T12:30:00", undefined],
  ["2026-08-01T25:00:00Z", undefined],
  ["2026-08-01 12:30:00Z", undefined],
  ["", undefined],
  ["__proto__", undefined],
])("@%s", ([text, view]) => {
  expect(parseView(text)).toEqual(view);
});
