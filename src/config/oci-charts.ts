import type { OciSourceConfig } from "./config.ts";
import { ociSegmentPattern } from "./oci-url.ts";
import { quoted } from "./reading.ts";

type Charts = OciSourceConfig["charts"];

/** What is wrong with `charts`; at one of its items where `position` says so. */
interface ChartsProblem {
  position?: number;
  message: string;
}

const nameShape = new RegExp(ociSegmentPattern);
const example = "[api, worker]";

/** For editors, in the JSON Schema. */
export const chartsHints = {
  anyOf: [
    { enum: ["listed", "catalog"] },
    { type: "array", items: { type: "string", pattern: ociSegmentPattern }, minItems: 1, uniqueItems: true },
  ],
};

/**
 * Reads which charts of a registry are meant: one of two words, or a list of names. By hand and not as a
 * union of schemas, which says no more of a mistake than that nothing fits.
 */
export function readCharts(written: unknown): { value: Charts } | { problems: ChartsProblem[] } {
  if (written === "listed" || written === "catalog") return { value: written };
  if (!Array.isArray(written)) return { problems: [{ message: whyNotWord(written) }] };
  if (written.length === 0) {
    return { problems: [{ message: `the list is empty; name a chart, or write \`listed\` or \`catalog\`` }] };
  }
  const items: unknown[] = written;
  const problems = items.flatMap((item, position): ChartsProblem[] => {
    const message = whyNotChart(item) ?? (items.indexOf(item) < position ? repeated : undefined);
    return message === undefined ? [] : [{ position, message }];
  });
  return problems.length > 0 ? { problems } : { value: items.map(String) };
}

const repeated = "this chart is in the list already; remove this one";

function whyNotWord(written: unknown): string {
  if (written === null) return "has no value; write one, or remove the key";
  const list = typeof written === "string" && nameShape.test(written) ? `[${written}]` : example;
  const instead = `write \`listed\`, \`catalog\`, or a list of charts like ${list}`;
  return typeof written === "string"
    ? `${quoted(written)} is neither; ${instead}`
    : `this is no list; ${instead}`;
}

function whyNotChart(item: unknown): string | undefined {
  if (typeof item === "number" || typeof item === "boolean") return `${item} is not a text; put it in quotes`;
  if (typeof item !== "string") return "this is not a text; write the name of a chart";
  if (nameShape.test(item)) return undefined;
  if (item.includes("/")) {
    return `${quoted(item)} is a path; write only its last segment here, and what stands before it in a \`url\``;
  }
  return `${quoted(item)} cannot be a chart's name in a registry; write lower-case letters and digits, with single . _ - between them, and no version`;
}
