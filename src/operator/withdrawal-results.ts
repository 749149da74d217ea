import type { OperatorResult } from "../keeper/operate.ts";
import type { ReinstateOutcome, WithdrawOutcome } from "../keeper/withdraw.ts";
import { mostDigests, mostWithdrawals } from "../storage/withdrawals.ts";

interface Named {
  chart: string;
  version: string;
}

export function withdrawResult(outcome: WithdrawOutcome, { chart, version }: Named): OperatorResult {
  if (outcome.kind === "withdrawn") {
    const { withdrawal, beyond, behind } = outcome;
    const archives = counted(withdrawal.digests.length);
    return done(`${chart} ${version} is withdrawn, with ${archives}.${notByDigest(beyond)}`, behind);
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

const counted = (archives: number): string => (archives === 1 ? "1 archive" : `${archives} archives`);

function notByDigest(beyond: number): string {
  if (beyond === 0) return "";
  return ` ${counted(beyond)} more are known of it than can be withdrawn by digest (${mostDigests}): they are not listed here any more, but can be had by their digests, and in other repositories.`;
}

/** @param behind what did not work at once, and is made up for */
function done(message: string, behind: readonly string[]): OperatorResult {
  const late = behind.length === 0 ? "" : ` Not yet everywhere, which is made up for: ${behind.join("; ")}.`;
  return { kind: "done", message: message + late };
}

const refused = (code: string, message: string): OperatorResult => ({ kind: "refused", code, message });
