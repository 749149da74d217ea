import { fingerprintOfText, seedOf } from "../helm/fingerprint.ts";
import type { TagReading } from "./tag-reading.ts";
import type { DueTag } from "./tag-queue.ts";

/**
 * When a tag is looked at again, in milliseconds. The first time at some moment of the period, so that not all
 * tags of a first fill are due at once; from then on at the same moment of every one.
 */
export function nextRecheck({ source, now }: Pick<TagReading, "source" | "now">, tag: DueTag): number {
  const spread = (fingerprintOfText(seedOf(tag.chart), tag.tag) % 1000) / 1000;
  return now() + source.recheck * (tag.manifest === null ? spread : 1) * 1000;
}
