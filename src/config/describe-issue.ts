import type { core } from "zod";
import { quoted } from "./reading.ts";

/** Says what is wrong with a value where its own schema has not said it, and what to write instead. */
export function describeIssue(issue: core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  if (issue.code === "invalid_value") {
    return `${shown(input)} is not one of the choices; write ${issue.values.map(String).join(" or ")}`;
  }
  if (issue.code !== "invalid_type") return undefined;
  if (input === undefined) return `is missing; add \`${String(issue.path?.at(-1))}: …\` here`;
  if (input === null) return "has no value; write one, or remove the key";
  return `${shown(input)} ${instead(issue.expected, input)}`;
}

function instead(expected: string, input: unknown): string {
  if (expected === "object" || expected === "record") {
    return "is not a mapping; write `key: value` lines, indented below the key";
  }
  if (expected === "array") return "is not a list; write lines that begin with `- `, indented below the key";
  if (expected === "int" || expected === "number") return "is not a whole number; write one, without quotes";
  if (expected === "boolean") return "is neither true nor false; write one of them, without quotes";
  return typeof input === "object"
    ? "is not a text; write a single value"
    : "is not a text; put it in quotes";
}

function shown(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object" && input !== null) return "a mapping";
  return typeof input === "string" ? quoted(input) : String(input);
}
