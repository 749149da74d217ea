import type { MemberSourceConfig } from "../config/config.ts";
import { noteFill } from "./await-member.ts";
import { takeInIndex } from "./check-index.ts";
import type { CheckOutcome } from "./check.ts";
import type { MemberRepository } from "./member-repository.ts";
import type { PassParts } from "./read.ts";
import { takeInRegistryLines } from "./take-in-registry-lines.ts";

export interface MemberCheck extends PassParts {
  source: MemberSourceConfig;
  member: MemberRepository;
}

const notKept = { etag: null, lastModified: null };

/**
 * Looks whether a member has published something else, which is one small read, and takes in what is new. The
 * revision is remembered when all that belongs to it was taken in. One that has not published yet is no
 * outage; what cannot be read is.
 */
export async function checkMember(check: MemberCheck): Promise<CheckOutcome> {
  const { ledger, row, source, member } = check;
  const head = await member.head();
  if (head === "none" && row.confirmed > 0) return unreadable(`${source.repository} has lost its head`);
  if (head === undefined) return unreadable(`the head of ${source.repository} is not one`);
  const again = await noteFill(check);
  if (head === "none") return { kind: "nothing-to-ask", again };
  const { revision } = head;
  if (revision === row.etag) return { kind: "unchanged", again };
  const body = await member.open(revision, "index.json");
  if (body === undefined) return unreadable(`the index of ${source.repository}, ${revision}, is missing`);
  // As large as it was once written: what was let in there is not refused here.
  const maxBytes = Number.MAX_SAFE_INTEGER;
  const outcome = await takeInIndex(check, { body, validators: notKept, maxBytes, isOwn: true });
  if (outcome.kind !== "changed") return outcome;
  await takeInRegistryLines(check, revision);
  ledger.sources.tookIn(row.id, revision);
  return { ...outcome, again };
}

const unreadable = (message: string): CheckOutcome => ({
  kind: "failed",
  outage: { code: "unreadable", message },
});
