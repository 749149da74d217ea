import type { OperatorResult } from "../keeper/operate.ts";
import type { ReinstateOutcome, WithdrawOutcome } from "../keeper/withdraw.ts";
import { mostWithdrawals } from "../storage/withdrawals.ts";

interface Named {
  chart: string;
  version: string;
}

export function withdrawResult(outcome: WithdrawOutcome, { chart, version }: Named): OperatorResult {
  if (outcome.kind === "withdrawn") {
    const digests = outcome.withdrawal.digests.length;
    const archives = digests === 1 ? "1 archive" : `${digests} archives`;
    return done(`${chart} ${version} is withdrawn, with ${archives}.`, outcome.behind);
  }
  if (outcome.kind === "bad-reason") return refused("bad-reason", outcome.message);
  if (outcome.kind === "too-many") {
    return refused("too-many", `${mostWithdrawals} versions are withdrawn, and no more can be.`);
  }
  return refused("unknown-version", `The repository has never had ${chart} ${version}.`);
}

export function reinstateResult(outcome: ReinstateOutcome, { chart, version }: Named): OperatorResult {
  if (outcome.kind === "not-withdrawn")
    return refused("not-withdrawn", `${chart} ${version} is not withdrawn.`);
  return done(`${chart} ${version} is reinstated.`, outcome.behind);
}

/** @param behind what did not work at once, and is made up for */
function done(message: string, behind: readonly string[]): OperatorResult {
  const late = behind.length === 0 ? "" : ` Not yet everywhere, which is made up for: ${behind.join("; ")}.`;
  return { kind: "done", message: message + late };
}

const refused = (code: string, message: string): OperatorResult => ({ kind: "refused", code, message });
