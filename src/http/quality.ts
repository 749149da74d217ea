/**
 * The weights in an Accept or Accept-Encoding header by lower-case name, from 0 to 1 (RFC 9110, section
 * 12.4.2). Parameters other than `q` are ignored. A weight that is no weight counts as 0: not asked for.
 */
export function qualities(header: string | null): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const member of (header ?? "").split(",")) {
    const [name = "", ...parameters] = member.split(";").map((part) => part.trim().toLowerCase());
    if (name !== "" && !weights.has(name)) weights.set(name, weightOf(parameters));
  }
  return weights;
}

function weightOf(parameters: string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith("q="));
  if (given === undefined) return 1;
  return /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(given) ? Number(given.slice(2)) : 0;
}
