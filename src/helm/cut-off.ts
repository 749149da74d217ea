import type { SourceValue } from "./source-value.ts";

/** What a writer of indexes puts into every entry or into none. */
const telling = ["name", "version", "urls", "url", "digest", "created", "apiVersion"];

/**
 * Whether an index that ends with an entry was cut off inside it. Only asked where nothing follows `entries`,
 * for YAML that is cut off is mostly valid YAML. The rule, made so that indexes which end like this by right
 * pass (hand-written ones, and those with `generated` before the entries):
 * - the last entry cannot be parsed: cut off;
 * - its last key is also the last one of the entry before it, and has a value: it is whole. Otherwise
 *   - it lacks `version` or URLs, which the entry before it has: cut off (Helm writes these two last);
 *   - the entry before it goes on, behind the key that is last here, with a telling key that is missing: cut off;
 * - no line break at the end: the last value may be cut, so the version must be found at the end of the first
 *   URL's file name, and a digest must be whole.
 * What passes although it was cut: exactly between two entries, or inside a trailing value that is only text
 * for people; the entries shown are then right, but there may be fewer of them. And in the very first entry,
 * which has none before it to be compared with, what follows the version and the URLs may be missing.
 */
export function isCutOff(
  last: SourceValue | undefined,
  before: SourceValue | undefined,
  endsWithNewline: boolean,
): boolean {
  if (!(last instanceof Map)) return true;
  const model = before instanceof Map ? before : undefined;
  if (!endsWithNewline && !isSelfConsistent(last)) return true;
  const lastKey = [...last.keys()].at(-1) ?? "";
  if (model !== undefined && [...model.keys()].at(-1) === lastKey && isFilled(last.get(lastKey)))
    return false;
  if (lacks(last, ["version"], model) || lacks(last, ["urls", "url"], model)) return true;
  return model !== undefined && stopsEarly(last, lastKey, model);
}

type Entry = Map<string, SourceValue>;

function lacks(entry: Entry, keys: string[], model: Entry | undefined): boolean {
  return (
    !keys.some((key) => isFilled(entry.get(key))) && keys.some((key) => !model || isFilled(model.get(key)))
  );
}

function stopsEarly(entry: Entry, lastKey: string, model: Entry): boolean {
  const order = [...model.keys()];
  const place = order.indexOf(lastKey);
  return place !== -1 && order.slice(place + 1).some((key) => telling.includes(key) && !entry.has(key));
}

function isSelfConsistent(entry: Entry): boolean {
  const version = firstText(entry.get("version"));
  const url = firstText(entry.get("urls")) ?? firstText(entry.get("url")) ?? "";
  const digest = firstText(entry.get("digest"));
  if (digest !== undefined && !/^(?:sha256:)?[0-9a-f]{64}$/i.test(digest)) return false;
  if (version === undefined) return false;
  // "+" is written as "%2B" in addresses and as "_" in OCI tags.
  const file = url
    .replace(/[?#].*$/, "")
    .replace(/%2B/gi, "+")
    .replace(/\.(?:tgz|tar\.gz)$/, "");
  return [version, version.replaceAll("+", "_")].some((text) => endsWithVersion(file, text));
}

/** "0" is no version of "nginx-0.2.0". */
function endsWithVersion(file: string, version: string): boolean {
  return file.endsWith(version) && !/[0-9.]/.test(file.charAt(file.length - version.length - 1));
}

function firstText(value: SourceValue | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : undefined;
}

function isFilled(value: SourceValue | undefined): boolean {
  if (Array.isArray(value)) return value.some(isFilled);
  return value !== undefined && value !== null && value !== "";
}
