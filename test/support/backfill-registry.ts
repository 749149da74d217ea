import { tagOfVersion } from "../../src/oci/reference.ts";
import { synthesise } from "../../src/oci/synthesise.ts";
import type { Contents } from "../../src/storage/contents.ts";
import type { Head } from "../../src/storage/head.ts";
import { archiveKey, headKey, provenanceKey, revisionKey } from "../../src/storage/keys.ts";
import type { KeptManifest, RegistryLine, Sized } from "../../src/storage/registry-lines.ts";
import type { ListedVersion, Mirror } from "./mirror.ts";
import { sha256 } from "./published-charts.ts";
import type { Registry } from "./registry/registry.ts";

/**
 * Writes registry.txt of what is published, where the Keeper does not do that.
 * @param registry the source, and the path of its charts
 */
export async function backfillRegistry(
  mirror: Mirror,
  name: string,
  source?: { registry: Registry; path: string },
): Promise<void> {
  const head: Head = JSON.parse(await text(mirror, headKey(name)));
  const key = (document: "index.json" | "contents.json" | "registry.txt") =>
    revisionKey(name, head.revision, document);
  const contents: Contents = JSON.parse(await text(mirror, key("contents.json")));
  if (Object.values(contents.charts).some(({ registry }) => registry.length > 0)) return;
  const index = new TextEncoder().encode(await text(mirror, key("index.json")));
  let all = "";
  for (const [chart, place] of Object.entries(contents.charts)) {
    const begin = all.length;
    let { offset } = place;
    const lines = new TextDecoder().decode(index.subarray(offset, offset + place.length)).split(",\n");
    const content = source?.registry.content.find(`${source.path}/${chart}`);
    for (const line of lines) {
      const { length } = new TextEncoder().encode(line);
      const original = content?.tags.get(tagOfVersion(JSON.parse(line).version));
      all += `${JSON.stringify(await versionLine(mirror, name, line, { offset, length }, original))}\n`;
      offset += length + 2;
    }
    const tags = new Set(lines.map((line) => tagOfVersion(JSON.parse(line).version)));
    for (const manifest of content?.manifests.values() ?? []) {
      const under = [...(content?.tags ?? [])].flatMap(([tag, digest]) =>
        digest === manifest.digest ? [tag] : [],
      );
      if (under.some((tag) => tags.has(tag))) continue;
      const { artifactType, config, subject, annotations } = manifest.fields;
      const kept: KeptManifest = {
        kind: "kept",
        ...(under[0] === undefined ? {} : { tag: under[0] }),
        ...(subject === undefined ? {} : { subject: subject.digest.slice(7) }),
        descriptor: {
          mediaType: manifest.mediaType,
          digest: manifest.digest.slice(7),
          size: manifest.bytes.byteLength,
          artifactType: artifactType ?? config?.mediaType ?? "",
          ...(annotations === undefined ? {} : { annotations }),
        },
      };
      all += `${JSON.stringify(kept)}\n`;
    }
    place.registry = { offset: begin, length: all.length - begin };
  }
  await mirror.store(key("registry.txt"), all);
  await mirror.store(key("contents.json"), JSON.stringify(contents));
}

async function text(mirror: Mirror, key: string): Promise<string> {
  return new TextDecoder().decode((await mirror.stored(key))?.bytes);
}

async function versionLine(
  mirror: Mirror,
  name: string,
  entryText: string,
  line: { offset: number; length: number },
  original: string | undefined,
): Promise<RegistryLine> {
  const entry: ListedVersion = JSON.parse(entryText);
  const bytes = new TextEncoder().encode(entryText);
  const archive = await sized(mirror, archiveKey(entry.digest));
  const provenance = await sized(mirror, provenanceKey(name, entry.digest));
  if (archive === undefined) throw new Error("no archive");
  const plain = await synthesise(bytes, archive);
  const signed = provenance && (await synthesise(bytes, archive, provenance));
  if (plain === undefined) throw new Error("no JSON");
  return {
    kind: "version",
    tag: tagOfVersion(entry.version),
    archive,
    line,
    ...(original === undefined ? {} : { original: original.slice(7) }),
    synthetic: {
      manifest: (signed ?? plain).manifest.digest,
      config: plain.config.digest,
      ...(provenance === undefined ? {} : { provenance, withoutProvenance: plain.manifest.digest }),
    },
  };
}

async function sized(mirror: Mirror, key: string): Promise<Sized | undefined> {
  const found = await mirror.stored(key);
  return found && { digest: sha256(found.bytes), size: found.bytes.byteLength };
}
