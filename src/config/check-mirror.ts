import { checkMembers } from "./check-members.ts";
import { checkProvenance } from "./check-provenance.ts";
import { checkSources } from "./check-sources.ts";
import { checkWebhooks } from "./check-webhooks.ts";
import type { Finding } from "./finding.ts";
import { keysOf } from "./keys-of.ts";
import type { Path } from "./located-document.ts";
import { type Plan, planSubrequests } from "./plans.ts";
import { whyNotKnown, whyNotRepositoryName } from "./repository-name.ts";

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
    ...checkMembers(repositories),
    ...checkWebhooks(top.get("webhooks"), [...repositories.keys()]),
    ...checkProvenance(top, repositories),
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
  return [{ path: ["root"], message: whyNotKnown(root, names) }];
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
