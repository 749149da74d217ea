import { isSha256 } from "./keys.ts";
import { hasTexts, isCount, isListOf, isObject, isText, parse } from "./stored-json.ts";

/**
 * `withdrawals`: which chart versions the operator has withdrawn, in the whole mirror. One document, moved by
 * compare-and-swap in R2; KV has a copy for when R2 fails.
 */
export interface Withdrawals {
  /**
   * Grows with every change: withdrawing as well as reinstating. It is the time of the change in milliseconds since
   * 1970, or one more than before: so it never comes twice, even if the document was lost. Revisions, entity tags and
   * Keepers hold on to it.
   */
  number: number;
  entries: Withdrawal[];
}

/** A chart version of one repository. Its bytes are withdrawn in every repository: they are the same everywhere. */
export interface Withdrawal {
  /** That of the document when it was withdrawn. */
  number: number;
  repository: string;
  chart: string;
  version: string;
  /** SHA-256 of the archives that were known of it, in hexadecimal; at most `mostDigests`. */
  digests: string[];
  /** The same of their manifests and configs: original and synthetic ones. */
  manifests: string[];
  /** Of the operator, for people: at most `longestReason` characters, and as hostile as any text. */
  reason: string;
  /** RFC 3339. */
  at: string;
}

/** Read whole by every isolate: some hundred bytes for each. */
export const mostWithdrawals = 1000;
export const mostDigests = 100;
export const longestReason = 500;

export const noWithdrawals: Withdrawals = { number: 0, entries: [] };

/** `undefined` for what is no such document. */
export const parseWithdrawals = (text: string): Withdrawals | undefined => parse(text, isWithdrawals);

const isWithdrawals = (value: unknown): value is Withdrawals =>
  isObject(value) && isCount(value["number"]) && isListOf(value["entries"], isWithdrawal);

const isWithdrawal = (value: unknown): value is Withdrawal =>
  isObject(value) &&
  isCount(value["number"]) &&
  hasTexts(value, "repository", "chart", "version", "reason", "at") &&
  isListOf(value["digests"], isDigest) &&
  isListOf(value["manifests"], isDigest);

const isDigest = (value: unknown): value is string => isText(value) && isSha256(value);

/** What a revision with this number (src/storage/head.ts) may still list. */
export const withdrawnSince = ({ entries }: Withdrawals, number = 0): Withdrawal[] =>
  entries.filter((entry) => entry.number > number);

export const withdrawnArchive = ({ entries }: Withdrawals, sha256: string): Withdrawal | undefined =>
  entries.find(({ digests }) => digests.includes(sha256));

/** An archive, which is a blob as well, or a document of it. */
export const withdrawnArtifact = ({ entries }: Withdrawals, sha256: string): Withdrawal | undefined =>
  entries.find(({ digests, manifests }) => digests.includes(sha256) || manifests.includes(sha256));

/** Whether what a repository lists of a chart is withdrawn: these bytes anywhere, this version whatever its bytes. */
export const isWithdrawnBy = (
  { repository, chart, version, digests }: Withdrawal,
  listed: { repository: string; chart: string; version: string; digest: string },
): boolean =>
  digests.includes(listed.digest) ||
  (repository === listed.repository && chart === listed.chart && version === listed.version);

/**
 * A version that a repository does not list (any more), as its own or as another one's: what merges that one does
 * not list it either, and whoever asks for it should hear why.
 */
export const withdrawnVersion = (
  { entries }: Withdrawals,
  repository: string,
  isMeant: (chart: string, version: string) => boolean,
): Withdrawal | undefined => {
  const meant = entries.filter(({ chart, version }) => isMeant(chart, version));
  return meant.find((entry) => entry.repository === repository) ?? meant[0];
};
