import { isList, isObject } from "./json.ts";
import { parseDigest } from "./reference.ts";

/** OCI image-spec, "Content Descriptors". */
export interface Descriptor {
  mediaType: string;
  /** Lowercase hex SHA-256. */
  digest: string;
  /** Bytes. */
  size: number;
  artifactType?: string;
}

const longestType = 255;

/** The descriptor, or in a few words why it is none that could be fetched and verified. */
export function readDescriptor(value: unknown): Descriptor | string {
  if (!isObject(value)) return "no descriptor";
  const { mediaType, digest, size, urls, artifactType } = value;
  if (!isTypeName(mediaType)) return "a descriptor without a media type";
  const hex = typeof digest === "string" ? parseDigest(digest) : undefined;
  if (hex === undefined) return "a digest that is no SHA-256";
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return "a size that is none";
  // Bytes that the registry does not have itself ("foreign layers"): an address of anybody's choice.
  if (urls !== undefined && urls !== null && !(isList(urls) && urls.length === 0)) return "foreign urls";
  const type = isTypeName(artifactType) ? { artifactType } : {};
  return { mediaType, digest: hex, size, ...type };
}

/** All descriptors of a list, or why it cannot be used: one bad one makes the list unusable. */
export function readDescriptors(value: unknown, most: number): Descriptor[] | string {
  if (!isList(value)) return "no list";
  if (value.length > most) return `more than ${most}`;
  const descriptors: Descriptor[] = [];
  for (const item of value) {
    const descriptor = readDescriptor(item);
    if (typeof descriptor === "string") return descriptor;
    descriptors.push(descriptor);
  }
  return descriptors;
}

function isTypeName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= longestType;
}
