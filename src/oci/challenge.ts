/** How a registry wants to be asked. */
export type Challenge =
  { scheme: "bearer"; realm: string; service?: string; scope?: string } | { scheme: "basic" };

interface WrittenChallenge {
  scheme: string;
  parameters: Map<string, string>;
}

const longestHeader = 8192;

const separators = "[\\s,]*";
const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const equals = "[ \\t]*=[ \\t]*";
const quoted = '"((?:[^"\\\\]|\\\\.)*)"';
/** What follows `=` without quotes: a token, or the URL that some registries write so. */
const bare = '[^\\s,"]+';
const token68 = "[ \\t]+[A-Za-z0-9\\-._~+/]+=*[ \\t]*(?=,|$)";

/**
 * Reads a WWW-Authenticate header (RFC 9110 section 11.6.1), several challenges or none in it: Bearer
 * before Basic, others are unknown here. What stands behind a piece that cannot be read is left out.
 */
export function parseChallenge(header: string | null): Challenge | undefined {
  if (header === null || header.length > longestHeader) return undefined;
  const written = challengesOf(header);
  for (const { scheme, parameters } of written) {
    const realm = parameters.get("realm");
    if (scheme === "bearer" && realm !== undefined) return bearer(realm, parameters);
  }
  return written.some(({ scheme }) => scheme === "basic") ? { scheme: "basic" } : undefined;
}

function bearer(realm: string, parameters: Map<string, string>): Challenge {
  const service = parameters.get("service");
  const scope = parameters.get("scope");
  return {
    scheme: "bearer",
    realm,
    ...(service === undefined ? {} : { service }),
    // A registry that does not know which scope it wants says `scope=""`.
    ...(scope === undefined || scope === "" ? {} : { scope }),
  };
}

/** A name is a parameter of the challenge before it if `=` follows, and a new scheme otherwise. */
function challengesOf(header: string): WrittenChallenge[] {
  const challenges: WrittenChallenge[] = [];
  let at = 0;
  const take = (pattern: string): RegExpExecArray | null => {
    const here = new RegExp(pattern, "y");
    here.lastIndex = at;
    const match = here.exec(header);
    if (match !== null) at += match[0].length;
    return match;
  };
  for (;;) {
    take(separators);
    const name = take(token)?.[0].toLowerCase();
    if (name === undefined) return challenges;
    const current = challenges.at(-1);
    if (take(equals) === null) {
      challenges.push({ scheme: name, parameters: new Map() });
      take(token68);
      continue;
    }
    const inQuotes = take(quoted)?.[1];
    const value = inQuotes?.replaceAll(/\\(.)/g, "$1") ?? take(bare)?.[0];
    if (value === undefined || current === undefined) return challenges;
    if (!current.parameters.has(name)) current.parameters.set(name, value);
  }
}
