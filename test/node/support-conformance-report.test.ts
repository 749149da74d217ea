import { expect, test } from "vitest";
import { readConformanceReport } from "../support/conformance-report.ts";

const report = (verdicts: Record<string, string>, counts: { pass: number; fail: number }): string => `
Test results
OCI Conformance Test: ${counts.fail === 0 ? "Pass" : "FAIL"}
    OCI Conformance Test/read-only/referrers: FAIL
     - status 404 received

Configuration:
  roData:
    tags:
    - 1.0.0

OCI Conformance Result: Pass
  Pass..........................: ${String(counts.pass).padStart(10)}
  FAIL..........................: ${String(counts.fail).padStart(10)}
  Error.........................:          0

API conformance:
${Object.entries(verdicts)
  .map(([name, verdict]) => `  ${name.padEnd(30, ".")}: ${verdict.padStart(10)}`)
  .join("\n")}
`;

const all = [
  "Ping",
  "Tag listing",
  "Blob get",
  "Blob head",
  "Referrers",
  "Manifest get by digest",
  "Manifest get by tag",
  "Manifest head by digest",
  "Manifest head by tag",
];
const verdicts = (verdict: string) => Object.fromEntries(all.map((name) => [name, verdict]));

test("what passed and what failed is counted, with the reasons and without the configuration", () => {
  const result = readConformanceReport(
    report({ ...verdicts("Pass"), Referrers: "FAIL" }, { pass: 20, fail: 3 }),
  );
  expect(result).toMatchObject({ passed: 20, failed: 3 });
  expect(result.told).toContain("Referrers: FAIL");
  expect(result.told.slice(-2)).toEqual([
    "    OCI Conformance Test/read-only/referrers: FAIL",
    "     - status 404 received",
  ]);
});

test("a suite that asked for nothing has failed, and so has one that said nothing", () => {
  const disabled = readConformanceReport(report(verdicts("Disabled"), { pass: 1, fail: 0 }));
  expect(disabled).toMatchObject({ passed: 1, failed: all.length });
  expect(readConformanceReport("")).toMatchObject({ passed: 0, failed: all.length });
});

test("all is well when every call passed", () => {
  expect(readConformanceReport(report(verdicts("Pass"), { pass: 48, fail: 0 }))).toMatchObject({
    passed: 48,
    failed: 0,
  });
});
