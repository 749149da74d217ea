import { fingerprintOfText, seedOf } from "../helm/fingerprint.ts";
import type { TagReading } from "./tag-reading.ts";
import type { DueTag } from "./tags-table.ts";

/** A version is signed, or corrected, soon after it was pushed: the first look back comes early, in seconds. */
const firstLook = 3600;

/** When a tag is looked at again, in milliseconds: spread out, so that not all of them are due at once. */
export function nextRecheck({ source, now }: Pick<TagReading, "source" | "now">, tag: DueTag): number {
  const spread = (fingerprintOfText(seedOf(tag.chart), tag.tag) % 1000) / 1000;
  const regular = source.recheck * (0.75 + spread / 2);
  return now() + (tag.manifest === null ? Math.min(firstLook, regular) : regular) * 1000;
}
