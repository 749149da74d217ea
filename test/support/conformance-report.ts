export interface ConformanceResult {
  passed: number;
  failed: number;
  /** Each thing that was asked of the registry, and what failed with why, a line each. */
  told: string[];
}

/** What a registry that can only be read has to pass, in the words of the suite. */
const required = [
  "Ping",
  "Tag listing",
  "Manifest get by digest",
  "Manifest get by tag",
  "Manifest head by digest",
  "Manifest head by tag",
  "Blob get",
  "Blob head",
  "Referrers",
];

/**
 * Reads what the conformance suite of the OCI distribution-spec prints. What it did not get to counts as
 * failed: a suite that asked nothing must not look like one that was content.
 */
export function readConformanceReport(output: string): ConformanceResult {
  const verdict = (name: string): string =>
    new RegExp(`^  ${name}\\.*: +(\\S+)`, "m").exec(output)?.[1] ?? "not asked";
  const missing = required.filter((name) => verdict(name) !== "Pass");
  const count = (name: string): number => Number(/^\d+$/.exec(verdict(name))?.[0] ?? 0);
  return {
    passed: count("Pass"),
    failed: Math.max(count("FAIL") + count("Error"), missing.length),
    told: [...required.map((name) => `${name}: ${verdict(name)}`), ...complaints(output)],
  };
}

/** The names of failed tests and the lines below them, which begin with a dash. */
const complaints = (output: string): string[] =>
  output
    .slice(0, output.indexOf("\nConfiguration:"))
    .split("\n")
    .filter((line) => /^ +(?:- |OCI Conformance Test\/.*: (?:FAIL|Error)$)/.test(line));
