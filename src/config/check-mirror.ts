import { closestKey } from "./closest-key.ts";
import type { Path } from "./located-document.ts";
import { type Plan, planSubrequests } from "./plans.ts";
import { quoted } from "./reading.ts";
import { whyNotRepositoryName } from "./repository-name.ts";
import { readSourceUrl } from "./source-url.ts";

export interface Finding {
  path: Path;
  message: string;
  /** Where the finding is about the key, not about its value. */
  atKey?: boolean;
}

/**
 * What a schema of single values cannot see: names, and how values fit together. Takes the file's plain
 * value and not what the schema made of it, so that one mistake does not hide another.
 */
export function checkMirror(file: unknown): Finding[] {
  const top = keysOf(file);
  const repositories = keysOf(top.get("repositories"));
  return [
    ...checkNames(top.get("repositories"), repositories),
    ...checkRoot(top.get("root"), repositories),
    ...checkSubrequests(top, repositories),
    ...[...repositories].flatMap(([name, repository]) => checkSources(name, repository)),
  ];
}

function checkNames(written: unknown, repositories: Map<string, unknown>): Finding[] {
  if (typeof written === "object" && written !== null && repositories.size === 0) {
    return [{ path: ["repositories"], message: "there is none; write its name and below it its `sources:`" }];
  }
  return [...repositories.keys()].flatMap((name) => {
    const message = whyNotRepositoryName(name);
    return message === undefined ? [] : [{ path: ["repositories", name], message, atKey: true }];
  });
}

function checkRoot(root: unknown, repositories: Map<string, unknown>): Finding[] {
  if (typeof root !== "string" || repositories.has(root)) return [];
  const names = [...repositories.keys()];
  const meant = closestKey(root, names);
  const instead = meant === undefined ? `write one of ${names.join(", ")}` : `did you mean ${meant}?`;
  return [{ path: ["root"], message: `${quoted(root)} is not one of the repositories; ${instead}` }];
}

/** Above it the platform ends the unit in its middle, every time. */
function checkSubrequests(top: Map<string, unknown>, repositories: Map<string, unknown>): Finding[] {
  const plan: Plan = top.get("plan") === "paid" ? "paid" : "free";
  const budgets: [Path, unknown][] = [
    [["budget", "subrequests"], top.get("budget")],
    ...[...repositories].map(([name, repository]): [Path, unknown] => [
      ["repositories", name, "budget", "subrequests"],
      keysOf(repository).get("budget"),
    ]),
  ];
  const most = planSubrequests[plan];
  return budgets.flatMap(([path, budget]) => {
    const subrequests = keysOf(budget).get("subrequests");
    if (typeof subrequests !== "number" || subrequests <= most) return [];
    const instead = plan === "free" ? `write ${most} or less, or \`plan: paid\`` : `write ${most} or less`;
    return [{ path, message: `${subrequests} is more than the ${plan} plan allows; ${instead}` }];
  });
}

/** A source that is listed twice would only be asked twice. */
function checkSources(name: string, repository: unknown): Finding[] {
  const sources = keysOf(repository).get("sources");
  const seen = new Set<string>();
  return (Array.isArray(sources) ? sources : []).flatMap((source: unknown, position) => {
    const written = keysOf(source).get("url");
    const reading = typeof written === "string" ? readSourceUrl(written) : undefined;
    if (reading === undefined || "problem" in reading) return [];
    if (!seen.has(reading.value)) {
      seen.add(reading.value);
      return [];
    }
    const path = ["repositories", name, "sources", position, "url"];
    return [{ path, message: `${reading.value} is a source of this repository already; remove this one` }];
  });
}

function keysOf(value: unknown): Map<string, unknown> {
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  return new Map(isMapping ? Object.entries(value) : []);
}
