import { isRfc3339 } from "../helm/rfc3339.ts";
import { mostNewest } from "../storage/newest.ts";

/** Which state of a repository a path means, and how much of it: what stands behind the `@`. */
export type View =
  | { kind: "current" }
  /** The newest versions of every chart: so many stable ones, and as many pre-releases that are ahead of them. */
  | { kind: "newest"; count: number }
  | Snapshot
  /** What the source itself served last. */
  | { kind: "upstream" };

/** One revision as a whole: by its name, or by an instant (in milliseconds since 1970) at which it was current. */
export type Snapshot = { kind: "revision"; revision: string } | { kind: "instant"; at: number };

/**
 * Reads what stands behind the `@`. A day means its beginning in UTC, as at snapshot.debian.org: its end could
 * lie in the future, and then the answer would change.
 *
 * @returns `undefined` for what is no view
 */
export function parseView(text: string): View | undefined {
  if (text === "latest") return { kind: "newest", count: 1 };
  if (text === "upstream") return { kind: "upstream" };
  if (/^[0-9a-f]{32}$/.test(text)) return { kind: "revision", revision: text };
  const count = /^latest-([1-9]\d?)$/.exec(text)?.[1];
  if (count !== undefined)
    return Number(count) <= mostNewest ? { kind: "newest", count: Number(count) } : undefined;
  // RFC 3339, section 5.6: `t` and `z` may be written small.
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text.toUpperCase();
  return isRfc3339(time) ? { kind: "instant", at: Date.parse(time) } : undefined;
}
