import { parseRegistryLine } from "../storage/read-registry.ts";
import type { KeptManifest, RegistryLine, RegistryVersion } from "../storage/registry-lines.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";

/**
 * Finds in a chart's lines of registry.txt. Charts have hundreds of versions, so only lines in which the text
 * stands are parsed.
 */
export function findTag(lines: string, tag: string): RegistryLine | undefined {
  for (const line of linesWith(lines, `"tag":${JSON.stringify(tag)}`)) if (line.tag === tag) return line;
  return undefined;
}

/** The version to whose synthetic documents a digest belongs. */
export function findSynthetic(lines: string, digest: string): RegistryVersion | undefined {
  for (const line of linesWith(lines, `"${digest}"`)) {
    if (line.kind === "version" && documentOf(line, digest) !== undefined) return line;
  }
  return undefined;
}

/** Which of a version's synthetic documents has this digest. */
export function documentOf(
  { synthetic }: RegistryVersion,
  digest: string,
): "manifest" | "manifest-without-provenance" | "config" | "provenance" | undefined {
  if (synthetic.manifest === digest) return "manifest";
  if (synthetic.withoutProvenance === digest) return "manifest-without-provenance";
  if (synthetic.config === digest) return "config";
  return synthetic.provenance?.digest === digest ? "provenance" : undefined;
}

/** What refers to the manifest with this digest. */
export function findReferrers(lines: string, subject: string): KeptManifest[] {
  const found: KeptManifest[] = [];
  for (const line of linesWith(lines, `"subject":${JSON.stringify(subject)}`)) {
    if (line.kind === "kept" && line.subject === subject) found.push(line);
  }
  return found;
}

const versionOpening = '{"kind":"version","tag":"';

/** All tags, in the order of the lines. A version's line begins with its tag, which needs no parsing. */
export function tagsOf(lines: string): string[] {
  return lines.split("\n").flatMap((text) => {
    if (text === "") return [];
    if (!text.startsWith(versionOpening)) return parseLine(text).tag ?? [];
    return text.slice(versionOpening.length, text.indexOf('"', versionOpening.length));
  });
}

function* linesWith(lines: string, needle: string): Generator<RegistryLine> {
  for (let at = lines.indexOf(needle); at !== -1;) {
    const end = lines.indexOf("\n", at);
    yield parseLine(lines.slice(lines.lastIndexOf("\n", at) + 1, end === -1 ? undefined : end));
    at = end === -1 ? -1 : lines.indexOf(needle, end);
  }
}

/** @throws StorageUnavailable for what is no such line: half of one, or what another program wrote */
export function parseLine(text: string): RegistryLine {
  const line = parseRegistryLine(text);
  if (line === undefined) throw new StorageUnavailable("A line of registry.txt cannot be read.");
  return line;
}
