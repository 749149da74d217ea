import type { MemberCheck } from "./check-member.ts";
import type { Ledger } from "./ledger.ts";
import type { MemberRepository } from "./member-repository.ts";

/** So long a member's first fill is waited for: one of a thousand archives takes that on the free plan. */
const longestWait = 3_600_000;

/** Whether it is still filling for the first time: versions of less preferred members wait for it. @param member row of the source */
export function isAwaited(ledger: Ledger, member: number): boolean {
  const since = ledger.fact(`awaited:${member}`);
  return since !== undefined && since !== "over";
}

/**
 * Finds out whether a member is still filling for the first time. It publishes many times then, and of every
 * version the bytes that are seen first stay listed: what less preferred members have would be listed for good
 * where this one only came later. From its first rest on, members are as other sources: first seen, first listed.
 */
export async function noteFill(check: MemberCheck): Promise<boolean> {
  const { ledger, row, member, now } = check;
  const since = ledger.fact(`awaited:${row.id}`);
  if (since === "over") return false;
  const isTooLong = since !== undefined && now - Number(since) >= longestWait;
  if (isTooLong || !(await isFilling(member))) {
    ledger.remember(`awaited:${row.id}`, "over");
    return false;
  }
  if (since === undefined) ledger.remember(`awaited:${row.id}`, now);
  return true;
}

/** By its status, which it writes after every unit; none: its Keeper has not ended its first one. */
async function isFilling(member: MemberRepository): Promise<boolean> {
  const status = await member.status();
  if (status === undefined) return false;
  return (
    status === "none" ||
    status.versions.pending > 0 ||
    status.sources.some(({ state }) => state === "unknown")
  );
}
