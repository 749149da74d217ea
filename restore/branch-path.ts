/** Where in a branch an archive belongs, by the URL that an index gives for it. */
export type Location =
  /** `path`: relative, with `/`, safe to be joined to a folder. */
  | { kind: "here"; path: string }
  /** Not a part of the branch; `place` says where it lies, without the file. */
  | { kind: "elsewhere"; place: string }
  | { kind: "refused"; why: string };

/** Of the restore itself, while it works. */
export const workFolder = ".chartkeep-restore";

/** What file systems take for one name, less the `.prov` that may follow. */
const longestSegment = 250;
/** Control, formatting and line-separating characters: git and file systems see through some of them. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Resolves an entry's URL as Helm does (RFC 3986, against the repository with one trailing slash), and finds
 * its place below the first of `sources` that it lies under. http: and https: are the same place there.
 *
 * @param sources addresses at which the branch was served, absolute, without a trailing slash; at least one
 */
export function locate(written: string, sources: readonly [string, ...string[]]): Location {
  if (written.includes("\\")) return refused(written, "has a backslash");
  const url = URL.parse(written, `${sources[0]}/`);
  if (url === null) return refused(written, "is not a URL");
  // `..` is resolved by now, so what remains below a source does not leave it.
  const rest = sources.map((source) => below(url, source)).find((path) => path !== undefined);
  if (rest === undefined) return { kind: "elsewhere", place: placeOf(url) };
  const path = decoded(rest);
  if (path === undefined) return refused(written, "has an escape that is none");
  const why = whyNotInBranch(path) ?? whyNoArchive(path);
  return why === undefined ? { kind: "here", path: path.join("/") } : refused(written, why);
}

/** Why no file may be written under a path, given by its decoded segments; `undefined` where it may. */
export function whyNotInBranch(segments: readonly string[]): string | undefined {
  for (const segment of segments) {
    if (segment === "" || segment === "." || segment === "..") return "has a segment that is none";
    if (/[/\\]/.test(segment)) return "hides a path in a segment";
    if (unsafe.test(segment)) return "has control or formatting characters";
    if (segment.includes(":")) return "has a colon, which Windows takes for a drive or a stream";
    if (/[. ]$/.test(segment)) return "has a segment that ends in a dot or a blank, which Windows drops";
    if (isGits(segment)) return "leads into git's own folder";
    if (Buffer.byteLength(segment) > longestSegment) return "has a name that is too long for a file";
  }
  return segments[0]?.toLowerCase() === workFolder ? "leads into the restore's own folder" : undefined;
}

/** `.git`, also as file systems without regard for case, and Windows' short names, know it. */
const isGits = (segment: string): boolean => /^(\.git|git~\d+)$/i.test(segment);

const whyNoArchive = (segments: readonly string[]): string | undefined =>
  /\.(tgz|tar\.gz)$/.test(segments.at(-1) ?? "") ? undefined : "does not end in .tgz";

/** The path below a source, still encoded. */
function below(url: URL, source: string): string | undefined {
  const base = new URL(`${source}/`);
  const isWeb = /^https?:$/.test(url.protocol) && /^https?:$/.test(base.protocol);
  if (!isWeb || url.host !== base.host || !url.pathname.startsWith(base.pathname)) return undefined;
  return url.pathname.slice(base.pathname.length);
}

function decoded(path: string): string[] | undefined {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    return undefined; // `%` that encodes nothing, or not UTF-8
  }
}

/** As much as tells one publisher from another: `https://github.com/owner/repository`, `oci://host/path`. */
function placeOf(url: URL): string {
  const folders = url.pathname.split("/").slice(1, -1).slice(0, 2);
  return [`${url.protocol}//${url.host}`, ...folders].join("/");
}

function refused(written: string, why: string): Location {
  const shown = written.length > 200 ? `${written.slice(0, 199)}…` : written;
  return { kind: "refused", why: `its URL ${JSON.stringify(shown)} ${why}` };
}
