import type { HttpSourceConfig } from "./config.ts";
import { readHttpUrl } from "./source-url.ts";
import { type Reading, quoted } from "./reading.ts";

type Rewrite = HttpSourceConfig["rewrites"][number];

/**
 * Reads `from: to`, two prefixes of addresses. Both are brought into the form that `URL` gives addresses,
 * because it is such addresses that they are compared with.
 */
export function readRewrite(from: string, to: string): Reading<Rewrite> {
  const source = readHttpUrl(from, "https://github.com/");
  if ("problem" in source) return source;
  const target = readHttpUrl(to, "https://mirror.example.com/github/");
  if ("problem" in target) return target;
  const rewrite = { from: source.value.href, to: target.value.href };
  if (rewrite.from.endsWith("/") && !rewrite.to.endsWith("/")) {
    return { problem: `${quoted(to)} stands for a prefix that ends in a slash; write ${quoted(`${to}/`)}` };
  }
  return { value: rewrite };
}

/** A mapping has no order, so the most specific prefix is tried first. */
export function bySpecificity(rewrites: readonly Rewrite[]): Rewrite[] {
  return rewrites.toSorted((a, b) => b.from.length - a.from.length);
}
