import type { Verification } from "../storage/status.ts";
import type { Ledger } from "./ledger.ts";

/** How far a verification has come. */
export interface Progress extends Omit<Verification, "unread"> {
  /** The row of the last release that was looked at. */
  after: number;
  /** Rows of those that could not be read. */
  unread: number[];
}

export function verificationOf(ledger: Ledger): Progress | undefined {
  const progress = ledger.fact("verify");
  return progress === undefined ? undefined : JSON.parse(progress);
}

/** @returns whether one begins; otherwise one goes on already */
export function beginVerification(ledger: Ledger, now: number): boolean {
  if (verificationOf(ledger)?.endedAt === null) return false;
  const progress: Progress = {
    startedAt: new Date(now).toISOString(),
    endedAt: null,
    checked: 0,
    total: ledger.damage.total(),
    damaged: ledger.damage.count(),
    repaired: 0,
    after: 0,
    unread: [],
  };
  ledger.transaction(() => {
    ledger.remember("verify", JSON.stringify(progress));
    ledger.remember("verify-due", now);
  });
  return true;
}

export function noteProgress(ledger: Ledger, change: (before: Progress) => Partial<Progress>): void {
  const before = verificationOf(ledger);
  if (before !== undefined) ledger.remember("verify", JSON.stringify({ ...before, ...change(before) }));
}

/** Counted where a verification found the damage, however long ago that was. */
export function noteRepaired(ledger: Ledger): void {
  noteProgress(ledger, ({ repaired }) => ({ repaired: repaired + 1 }));
}

/** For the status. */
export function toldVerification(ledger: Ledger): Verification | null {
  const progress = verificationOf(ledger);
  if (progress === undefined) return null;
  const { after: _, ...told } = progress;
  return { ...told, unread: told.unread.length };
}
