const longestHeader = 8192;

const parameter = /;\s*([^\s=;]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*)))?/g;

/**
 * The URI reference of the next page in a Link header, as it is written: registries send relative ones
 * (distribution-spec, "Listing Tags") and ones whose query only they understand (Quay).
 */
export function parseNextPage(header: string | null): string | undefined {
  if (header === null || header.length > longestHeader) return undefined;
  // `<reference>` and its parameters, up to the comma before the next link (RFC 8288 section 3).
  const links = header.matchAll(/[\s,]*<([^>]*)>((?:[^",]|"(?:[^"\\]|\\.)*")*)/gy);
  for (const [, reference = "", parameters = ""] of links) {
    if (isNext(parameters)) return reference.trim();
  }
  return undefined;
}

/** RFC 8288 section 3.3: `rel` may name several relations, in any case, and only its first appearance counts. */
function isNext(parameters: string): boolean {
  for (const [, name, inQuotes, bare] of parameters.matchAll(parameter)) {
    if (name?.toLowerCase() !== "rel") continue;
    return (inQuotes ?? bare ?? "").toLowerCase().split(/\s+/).includes("next");
  }
  return false;
}
