import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { isList, isObject, parseJson } from "./json.ts";
import { formOf } from "./manifest-form.ts";

/**
 * The descriptors of a page of the referrers API (distribution-spec, "Listing Referrers"), or `undefined`
 * where it is no such document. A descriptor that cannot be read costs itself alone: it must not hide others.
 */
export function readReferrers(bytes: Uint8Array, mediaType: string, most: number): Descriptor[] | undefined {
  const document = parseJson(bytes);
  if (!isObject(document) || formOf(document, mediaType) !== "index") return undefined;
  const listed = document["manifests"];
  if (!isList(listed)) return undefined;
  return listed
    .slice(0, most)
    .map(readDescriptor)
    .filter((descriptor) => typeof descriptor !== "string");
}
