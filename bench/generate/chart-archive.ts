import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { seededRandom, noise } from "./random.ts";
import { type YamlValue, yamlMapping } from "./yaml-text.ts";

/** The part of an index entry that stands in Chart.yaml as well. */
export interface ChartMetadata {
  readonly [field: string]: YamlValue;
  readonly apiVersion: "v2";
  readonly name: string;
  readonly version: string;
}

export interface ArchiveOptions {
  /** Which build of the same version this is: another one gives other bytes. */
  build: number;
  /** Bytes that the archive is padded to, about; without padding it takes some 500. */
  bytes: number;
  seed: string;
}

const modified = new Date("2024-01-01T00:00:00Z");

const template = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
data:
  chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
  greeting: {{ .Values.greeting | quote }}
`;

/** Packs a chart that Helm can render, as gzipped tar; the same input gives the same bytes. */
export async function chartArchive(
  metadata: ChartMetadata,
  options: ArchiveOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { name } = metadata;
  const files = {
    "Chart.yaml": yamlMapping(metadata),
    "values.yaml": `greeting: hello from ${name} ${metadata.version}\nbuild: ${options.build}\n`,
    "templates/configmap.yaml": template,
  };
  const archive = await pack(name, files);
  // The header of one file more, compressed, and what noise gains when it is.
  const padding = options.bytes - archive.byteLength - 40;
  if (padding <= 0) return archive;
  const more = noise(seededRandom(`${options.seed}/padding`), padding);
  return await pack(name, { ...files, "files/padding.bin": more });
}

async function pack(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = Object.entries(files).map(([path, content]) => {
    const body = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const name = `${folder}/${path}`;
    return { header: { name, size: body.byteLength, mtime: modified, mode: 0o644 }, body };
  });
  return new Uint8Array(gzipSync(await packTar(entries), { level: 1 }));
}
