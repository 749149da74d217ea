import type { OperatorResult } from "../keeper/operate.ts";
import { messageOf } from "../observability/event.ts";
import type { AuditOutcome } from "../storage/audit-log.ts";
import type { OperatorParts } from "./operator-parts.ts";
import type { Operation } from "./operations.ts";
import { type OperatorRefusal, notKnown, notLogged } from "./refusals.ts";

export interface Performance {
  repository: string;
  operation: Operation;
  /** From where it was asked for. */
  address: string;
}

/** What came of it; `audit` is the id of its entry in the audit log. */
export type Performed = { audit: string } & ({ kind: "done"; message: string } | OperatorRefusal);

/** Writes an operation down, does it, and writes down what came of it. What cannot be logged is not done. */
export async function perform(
  parts: OperatorParts,
  performance: Performance,
): Promise<Performed | OperatorRefusal> {
  const { repository, operation } = performance;
  const action = operation.kind;
  let audit: string;
  try {
    audit = await begin(parts, performance);
  } catch (error) {
    parts.log({ event: "operation-not-logged", repository, action, message: messageOf(error) });
    return notLogged();
  }
  const result = await act(parts, performance);
  const { kind: what, message } = result;
  parts.log({ event: "operated", repository, action, result: what, message });
  await end(parts, audit, { at: rfc3339(parts), result: what, message });
  if (result.kind === "done") return { audit, kind: "done", message };
  if (result.kind === "failed") return { audit, ...notKnown() };
  return { audit, status: 409, code: result.code, message };
}

async function begin(parts: OperatorParts, { repository, operation, address }: Performance): Promise<string> {
  const { kind: action, ...given } = operation;
  const entry = { at: rfc3339(parts), action, repository, arguments: { ...given }, address };
  return await parts.audit.begin(entry, parts.now());
}

async function act(
  { act: doIt }: OperatorParts,
  { repository, operation }: Performance,
): Promise<OperatorResult | { kind: "failed"; message: string }> {
  try {
    return await doIt(repository, operation);
  } catch (error) {
    return { kind: "failed", message: messageOf(error) };
  }
}

/** It is done, or not, whether that can be logged or not. */
async function end({ audit, log }: OperatorParts, id: string, outcome: AuditOutcome): Promise<void> {
  try {
    await audit.end(id, outcome);
  } catch (error) {
    log({ event: "outcome-not-logged", audit: id, message: messageOf(error) });
  }
}

const rfc3339 = ({ now }: OperatorParts): string => new Date(now()).toISOString();
