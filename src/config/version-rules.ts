import { Range } from "semver";
import type { VersionRule } from "./policies.ts";
import { type Reading, quoted } from "./reading.ts";

const example = "a chart's name, or `{ chart: NAME, versions: RANGE }`";

/** For editors, in the JSON Schema. */
export const versionRuleHints = {
  anyOf: [
    { type: "string", minLength: 1 },
    {
      type: "object",
      properties: {
        chart: { type: "string", minLength: 1, description: "A chart's name; `*` stands for any text." },
        versions: {
          type: "string",
          description: "A range of versions, such as `>=2.0.0 <3.0.0` or `1.x`. Without it: all.",
        },
      },
      required: ["chart"],
      additionalProperties: false,
    },
  ],
};

/**
 * Reads one rule of `include` or `exclude`: the name of a chart, or that with a range of versions. By hand and not
 * as a union of schemas, which says no more of a mistake than that nothing fits.
 */
export function readVersionRule(written: unknown): Reading<VersionRule> {
  if (typeof written === "string") return readRule(written, undefined);
  if (typeof written === "number" || typeof written === "boolean") {
    return { problem: `${written} is not a text; put it in quotes` };
  }
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    return { problem: `this is no rule; write ${example}` };
  }
  const { chart, versions, ...others }: { chart?: unknown; versions?: unknown } = written;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return { problem: `${quoted(unknown)} is not a key of a rule; write ${example}` };
  if (typeof chart !== "string") return { problem: `the rule names no chart; write ${example}` };
  if (versions !== undefined && typeof versions !== "string") {
    return { problem: `\`versions\` is not a text; put the range in quotes, like ">=2.0.0 <3.0.0"` };
  }
  return readRule(chart, versions);
}

function readRule(chart: string, versions: string | undefined): Reading<VersionRule> {
  if (chart === "") return { problem: `the name is empty; write ${example}` };
  if (versions === undefined) return { value: { chart } };
  return isRange(versions)
    ? { value: { chart, versions } }
    : {
        problem: `${quoted(versions)} is not a range of versions; write one like ">=2.0.0 <3.0.0", "1.x" or "^1.2.0"`,
      };
}

function isRange(text: string): boolean {
  try {
    return new Range(text).range !== undefined && text.trim() !== "";
  } catch {
    return false;
  }
}
