import type { Contents } from "./contents.ts";
import { isSha256 } from "./keys.ts";
import type { KeptManifest, RegistryLine, RegistryVersion } from "./registry-lines.ts";
import { isCount, isObject, isText } from "./stored-json.ts";

/** A line of registry.txt, back as a value; `undefined` for what is none, as of every stored document. */
export function parseRegistryLine(text: string): RegistryLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isVersion(value) || isKept(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The lines of registry.txt as they arrive, each with its chart, which it does not name: contents.json says
 * where a chart's lines stand. What stands nowhere there is left out.
 */
export async function* chartLines(
  body: AsyncIterable<Uint8Array>,
  { charts }: Contents,
): AsyncGenerator<{ chart: string; text: string }, void> {
  const places = Object.entries(charts)
    .map(([chart, { registry }]) => ({
      chart,
      begin: registry.offset,
      end: registry.offset + registry.length,
    }))
    .filter(({ begin, end }) => end > begin)
    .toSorted((a, b) => a.begin - b.begin);
  let at = 0;
  for await (const { offset, text } of lines(body)) {
    while (offset >= (places[at]?.end ?? Number.POSITIVE_INFINITY)) at += 1;
    const place = places[at];
    if (place === undefined) return;
    if (offset >= place.begin) yield { chart: place.chart, text };
  }
}

/** Every line that ends, with its offset in bytes. */
async function* lines(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ offset: number; text: string }, void> {
  const decoder = new TextDecoder();
  let offset = 0;
  let rest = new Uint8Array();
  for await (const chunk of body) {
    const bytes = new Uint8Array(rest.byteLength + chunk.byteLength);
    bytes.set(rest);
    bytes.set(chunk, rest.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      yield { offset: offset + start, text: decoder.decode(bytes.subarray(start, end)) };
      start = end + 1;
    }
    offset += start;
    rest = bytes.subarray(start);
  }
}

const newline = 10;

const isVersion = (value: unknown): value is RegistryVersion =>
  isObject(value) &&
  value["kind"] === "version" &&
  isText(value["tag"]) &&
  isSized(value["archive"]) &&
  isObject(value["line"]) &&
  isCount(value["line"]["offset"]) &&
  isCount(value["line"]["length"]) &&
  isOptional(value["original"], isDigest) &&
  isObject(value["synthetic"]) &&
  isDigest(value["synthetic"]["manifest"]) &&
  isDigest(value["synthetic"]["config"]) &&
  isOptional(value["synthetic"]["provenance"], isSized) &&
  isOptional(value["synthetic"]["withoutProvenance"], isDigest);

const isKept = (value: unknown): value is KeptManifest =>
  isObject(value) &&
  value["kind"] === "kept" &&
  isOptional(value["tag"], isText) &&
  isOptional(value["subject"], isDigest) &&
  isObject(value["descriptor"]) &&
  isSized(value["descriptor"]) &&
  isText(value["descriptor"]["mediaType"]) &&
  isOptional(value["descriptor"]["artifactType"], isText) &&
  isOptional(value["descriptor"]["annotations"], isTexts);

const isDigest = (value: unknown): boolean => isText(value) && isSha256(value);

const isSized = (value: unknown): boolean =>
  isObject(value) && isDigest(value["digest"]) && isCount(value["size"]);

const isTexts = (value: unknown): boolean => isObject(value) && Object.values(value).every(isText);

const isOptional = (value: unknown, is: (value: unknown) => boolean): boolean =>
  value === undefined || is(value);
