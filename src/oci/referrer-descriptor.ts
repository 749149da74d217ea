import { isObject, parseJson } from "./json.ts";
import { manifestType } from "./manifest.ts";

export interface ReferrerDescriptor {
  mediaType: string;
  /** SHA-256 in lowercase hexadecimal. */
  digest: string;
  /** Bytes. */
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
}

const longestType = 255;
/** What is said of a signature and not needed to find it; some tools put whole documents there. */
const mostAnnotationBytes = 4096;

/**
 * How the referrers API lists a manifest: with its type of artifact, which is that of its config where it names
 * none, and its annotations (distribution-spec 1.1, "Listing Referrers").
 *
 * @param digest of the bytes, SHA-256 in lowercase hexadecimal
 */
export function referrerDescriptor(bytes: Uint8Array, digest: string): ReferrerDescriptor {
  const document = parseJson(bytes);
  const manifest = isObject(document) ? document : {};
  const config = isObject(manifest["config"]) ? manifest["config"]["mediaType"] : undefined;
  const artifactType = typeName(manifest["artifactType"]) ?? typeName(config);
  const annotations = annotationsOf(manifest["annotations"]);
  return {
    mediaType: manifestType(bytes),
    digest,
    size: bytes.byteLength,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

const typeName = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" && value.length <= longestType ? value : undefined;

function annotationsOf(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const texts = Object.entries(value).filter(
    (annotation): annotation is [string, string] => typeof annotation[1] === "string",
  );
  if (texts.length === 0 || JSON.stringify(texts).length > mostAnnotationBytes) return undefined;
  return Object.fromEntries(texts);
}
