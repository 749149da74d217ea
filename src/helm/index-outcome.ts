export type UnusableCode =
  | "empty"
  | "html"
  | "binary"
  | "conflict-markers"
  | "not-an-index"
  | "no-entries"
  | "truncated"
  | "too-large"
  | "too-odd"
  | "malformed";

export interface Unusable {
  kind: "unusable";
  code: UnusableCode;
  /** For people; names the place where that is known. */
  message: string;
}

export interface Complete {
  kind: "complete";
  /** How many entries the visitor was shown, usable or not. */
  entries: number;
  /**
   * Whether the document itself shows that `entries` came to its end: something follows it (Helm writes
   * `generated` there), or JSON's last brace. Where it used to be true and is not any more, the document was
   * cut off exactly between two entries: from the text alone that cannot be told.
   */
  closed: boolean;
}

export type IndexOutcome = Complete | { kind: "stopped" } | Unusable;

/** How far a splitter has come with the bytes it was given. */
export type Step =
  | { kind: "more" }
  /** The visitor has had enough. */
  | { kind: "stopped" }
  /** The document uses something that cannot be split by its lines; it is to be parsed as a whole. */
  | { kind: "odd"; why: string }
  | Unusable;

export const more: Step = { kind: "more" };
export const stopped: Step = { kind: "stopped" };

export function odd(why: string): Step {
  return { kind: "odd", why };
}

export function unusable(code: UnusableCode, message: string): Unusable {
  return { kind: "unusable", code, message };
}

/** What the top level of a document was seen to have, judged where it ended well. */
export function judgeTopLevel(
  seen: { apiVersion: boolean; entries: boolean },
  complete: Complete,
): Complete | Unusable {
  if (!seen.apiVersion && !seen.entries) return unusable("not-an-index", "This is not a Helm index.");
  if (!seen.apiVersion) return unusable("not-an-index", "The index has no apiVersion: Helm refuses it too.");
  if (!seen.entries) return unusable("no-entries", "The index has no entries at all.");
  return complete;
}
