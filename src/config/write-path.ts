import type { Path } from "./located-document.ts";

/** Like `repositories.podinfo.sources[0].url`. */
export function writePath(path: Path): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}
