import type { OperatorAction } from "../keeper/operate.ts";
import { isObject } from "../storage/stored-json.ts";
import { longestReason } from "../storage/withdrawals.ts";

/** What the operator may do to a repository. */
export type Operation =
  | OperatorAction
  | { kind: "withdraw"; chart: string; version: string; reason: string }
  | { kind: "reinstate"; chart: string; version: string };

/** An action's arguments by name: what is wrong with a text, `undefined` where nothing is. */
type Arguments = Readonly<Record<string, (text: string) => string | undefined>>;

interface OperationReader {
  takes: Arguments;
  /** @param given exactly the arguments that it takes, checked */
  read: (given: Readonly<Record<string, string>>) => Operation;
}

const name = (text: string): string | undefined =>
  text !== "" && text.length <= 250 ? undefined : "must be a text of 1 to 250 characters";

const reason = (text: string): string | undefined =>
  text.trim() !== "" && text.length <= longestReason
    ? undefined
    : `must be a text of 1 to ${longestReason} characters`;

const revision = (text: string): string | undefined =>
  /^[0-9a-f]{32}$/.test(text)
    ? undefined
    : "must be a revision of the history, 32 hexadecimal digits in lower case";

/** Every action, by the last segment of its path. A new one needs its line here, and one in docs/operations.md. */
export const operations: Readonly<Record<string, OperationReader>> = {
  sync: { takes: {}, read: () => ({ kind: "sync" }) },
  agree: { takes: {}, read: () => ({ kind: "agree" }) },
  "release-early": {
    takes: { chart: name, version: name },
    read: ({ chart = "", version = "" }) => ({ kind: "release-early", chart, version }),
  },
  withdraw: {
    takes: { chart: name, version: name, reason },
    read: ({ chart = "", version = "", reason: why = "" }) => ({
      kind: "withdraw",
      chart,
      version,
      reason: why.trim(),
    }),
  },
  reinstate: {
    takes: { chart: name, version: name },
    read: ({ chart = "", version = "" }) => ({ kind: "reinstate", chart, version }),
  },
  rollback: { takes: { revision }, read: ({ revision: to = "" }) => ({ kind: "rollback", revision: to }) },
  "let-go": { takes: {}, read: () => ({ kind: "let-go" }) },
  verify: { takes: {}, read: () => ({ kind: "verify" }) },
};

/** The operation that a body asks for, or what is wrong with the body. */
export function readOperation(
  { takes, read }: OperationReader,
  body: unknown,
): Operation | { problem: string } {
  if (!isObject(body)) return { problem: "The body must be a JSON object." };
  const given: Record<string, string> = {};
  for (const [key, value] of Object.entries(body)) {
    const check = Object.hasOwn(takes, key) ? takes[key] : undefined;
    if (check === undefined)
      return { problem: `The action takes ${taken(takes)} and no "${key.slice(0, 40)}".` };
    const problem = typeof value === "string" ? check(value) : "must be a text";
    if (problem !== undefined) return { problem: `"${key}" ${problem}.` };
    if (typeof value === "string") given[key] = value;
  }
  const missing = Object.keys(takes).filter((key) => !Object.hasOwn(given, key));
  return missing.length === 0 ? read(given) : { problem: `The body lacks ${listed(missing)}.` };
}

const taken = (takes: Arguments): string =>
  Object.keys(takes).length === 0 ? "nothing" : listed(Object.keys(takes));

const listed = (names: readonly string[]): string => names.map((one) => `"${one}"`).join(", ");
