import type { Policies, VersionRule } from "../config/policies.ts";
import { versionRange } from "../helm/version-range.ts";

/** What `include` and `exclude` let in. */
export interface Selection {
  /** Whether any version of the chart may be. */
  hasChart: (chart: string) => boolean;
  has: (chart: string, version: string) => boolean;
}

export function selectionOf({ include, exclude }: Pick<Policies, "include" | "exclude">): Selection {
  const [included, excluded] = [include.map(matcher), exclude.map(matcher)];
  return {
    hasChart: (chart) =>
      (included.length === 0 || included.some((rule) => rule.isOf(chart))) &&
      !excluded.some((rule) => rule.isWhole && rule.isOf(chart)),
    has: (chart, version) =>
      (included.length === 0 || included.some((rule) => rule.matches(chart, version))) &&
      !excluded.some((rule) => rule.matches(chart, version)),
  };
}

function matcher({ chart, versions }: VersionRule) {
  const isOf = nameMatcher(chart);
  const isInRange = versions === undefined ? () => true : versionRange(versions);
  return {
    isOf,
    isWhole: versions === undefined,
    matches: (name: string, version: string): boolean => isOf(name) && isInRange(version),
  };
}

/** `*` stands for any text. No regular expression: names come from upstreams, and some take those a long time. */
function nameMatcher(pattern: string): (name: string) => boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return (name) => name === pattern;
  return (name) => {
    let end = first.length;
    for (const part of rest) {
      const at = name.indexOf(part, end);
      if (at < 0) return false;
      end = at + part.length;
    }
    return name.startsWith(first) && name.endsWith(last) && end + last.length <= name.length;
  };
}
