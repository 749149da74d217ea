import type { ChartContents, Contents } from "./contents.ts";
import type { Head } from "./head.ts";
import type { History, PastRevision, VersionList } from "./history.ts";
import type { Durations, Problem, RepositoryStatus, SourceStatus, Verification } from "./status.ts";

/**
 * Stored JSON documents, back as values. `undefined` for what is no such document: storage may hold what an
 * older program wrote, or half of something, and a reader that trusts it fails far from the cause.
 */
export const parseHead = (text: string): Head | undefined => parse(text, isHead);

export const parseContents = (text: string): Contents | undefined => parse(text, isContents);

export const parseStatus = (text: string): RepositoryStatus | undefined => parse(text, isStatus);

export const parseHistory = (text: string): History | undefined => parse(text, isHistory);

export function parse<T>(text: string, is: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export const isText = (value: unknown): value is string => typeof value === "string";

const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);

/** It becomes a part of keys and of headers, so its alphabet is checked. */
const isRevision = (value: unknown): value is string => isText(value) && /^[0-9a-f]{1,64}$/.test(value);

const isHead = (value: unknown): value is Head =>
  isObject(value) &&
  isRevision(value["revision"]) &&
  isText(value["publishedAt"]) &&
  ["bytes", "gzipBytes", "latestBytes", "latestGzipBytes", "charts", "versions"].every((name) =>
    isCount(value[name]),
  ) &&
  (value["pinned"] === undefined || isText(value["pinned"])) &&
  (value["insteadOf"] === undefined || isRevision(value["insteadOf"])) &&
  isCount(value["withdrawals"] ?? 0);

const isContents = (value: unknown): value is Contents =>
  isObject(value) && isObject(value["charts"]) && Object.values(value["charts"]).every(isChartContents);

const isChartContents = (value: unknown): value is ChartContents =>
  isObject(value) &&
  [value["offset"], value["length"], value["versions"]].every(isCount) &&
  isText(value["newest"]) &&
  isText(value["etag"]) &&
  /^[0-9a-f]{1,64}$/.test(value["etag"]) &&
  isObject(value["registry"]) &&
  isCount(value["registry"]["offset"]) &&
  isCount(value["registry"]["length"]) &&
  (value["description"] === undefined || isText(value["description"]));

const isHistory = (value: unknown): value is History =>
  isObject(value) && isListOf(value["revisions"], isPastRevision);

const isPastRevision = (value: unknown): value is PastRevision =>
  isObject(value) &&
  isRevision(value["revision"]) &&
  isText(value["publishedAt"]) &&
  isTextOrNull(value["supersededAt"]) &&
  (value["pinned"] === undefined || isText(value["pinned"])) &&
  ["bytes", "gzipBytes", "charts", "versions"].every((name) => isCount(value[name])) &&
  isCount(value["withdrawals"] ?? 0) &&
  [value["added"], value["changed"], value["hidden"]].every(isVersionList);

const isVersionList = (value: unknown): value is VersionList =>
  isObject(value) &&
  isCount(value["count"]) &&
  isListOf(
    value["versions"],
    (item): item is VersionList["versions"][number] => isObject(item) && hasTexts(item, "chart", "version"),
  );

const isStatus = (value: unknown): value is RepositoryStatus =>
  isObject(value) &&
  isTextOrNull(value["revision"]) &&
  isTextOrNull(value["publishedAt"]) &&
  [value["charts"], value["archiveBytes"], value["problemCount"], value["mutations"]].every(isCount) &&
  isDurations(value["work"]) &&
  isVersionCounts(value["versions"]) &&
  isObject(value["policies"]) &&
  (value["withheld"] === null || isWithheld(value["withheld"])) &&
  isObject(value["waiting"]) &&
  isCount(value["waiting"]["count"]) &&
  isListOf(value["files"], isText) &&
  isListOf(value["sources"], isSource) &&
  isListOf(value["problems"], isProblem) &&
  (value["pinned"] === null ||
    (isObject(value["pinned"]) && hasTexts(value["pinned"], "revision", "since"))) &&
  (value["verify"] === null || isVerification(value["verify"])) &&
  isCount(value["integrityFailures"]);

export const isVerification = (value: unknown): value is Verification =>
  isObject(value) &&
  isText(value["startedAt"]) &&
  isTextOrNull(value["endedAt"]) &&
  ["checked", "total", "damaged", "repaired", "unread"].every((name) => isCount(value[name]));

const isVersionCounts = (value: unknown): value is RepositoryStatus["versions"] =>
  isObject(value) &&
  ["listed", "stored", "pending", "failed", "dropped"].every((name) => isCount(value[name])) &&
  ["hidden", "skipped", "unverified", "withdrawn"].every((name) => isCount(value[name]));

const isWithheld = (value: unknown): boolean =>
  isObject(value) && isCount(value["count"]) && hasTexts(value, "since", "reason", "followsAt");

const isDurations = (value: unknown): value is Durations =>
  isObject(value) && isCount(value["count"]) && typeof value["seconds"] === "number";

export const isListOf = <T>(value: unknown, is: (item: unknown) => item is T): value is T[] =>
  Array.isArray(value) && value.every(is);

const isSource = (value: unknown): value is SourceStatus =>
  isObject(value) &&
  isText(value["url"]) &&
  ["http", "oci", "member"].some((kind) => kind === value["kind"]) &&
  ["ok", "failing", "unknown"].some((state) => state === value["state"]) &&
  [value["checkedAt"], value["succeededAt"], value["changedAt"]].every(isTextOrNull) &&
  isCount(value["consecutiveFailures"]) &&
  (value["error"] === null || (isObject(value["error"]) && hasTexts(value["error"], "code", "message"))) &&
  (value["outage"] === null || isOutage(value["outage"])) &&
  isObject(value["versions"]) &&
  [value["versions"]["shown"], value["versions"]["listed"], value["versions"]["only"]].every(isCount) &&
  (value["registry"] === null || isRegistry(value["registry"]));

const isOutage = (value: unknown): boolean =>
  isObject(value) && hasTexts(value, "since", "code", "message") && isTextOrNull(value["until"]);

const isRegistry = (value: unknown): boolean =>
  isObject(value) &&
  ["charts", "absentCount", "deniedCount", "failedCount", "ignoredTags", "kept"].every((name) =>
    isCount(value[name]),
  ) &&
  isListOf(value["absent"], isText) &&
  isListOf(value["denied"], isText) &&
  isListOf(value["failed"], isChartFailure);

const isChartFailure = (value: unknown): value is { chart: string; code: string; message: string } =>
  isObject(value) && hasTexts(value, "chart", "code", "message");

const isProblem = (value: unknown): value is Problem =>
  isObject(value) &&
  hasTexts(value, "chart", "version", "code", "message") &&
  [value["listed"], value["other"]].every((shown) => shown === undefined || isShownDigest(shown));

const isShownDigest = (value: unknown): boolean =>
  isObject(value) && hasTexts(value, "digest") && isListOf(value["sources"], isText);

export const hasTexts = (value: Record<string, unknown>, ...names: string[]): boolean =>
  names.every((name) => isText(value[name]));
