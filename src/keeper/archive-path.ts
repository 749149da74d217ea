/** The name under which `helm package` wrote the archive, and under which provenance speaks of it. */
export const archiveFileName = (release: { name: string; version: string }): string =>
  `${release.name}-${release.version}.tgz`;

/**
 * The URL that indexes list, relative to the repository: plain, without `..`, because Artifact Hub joins
 * paths naively. The digest makes it immutable; the file name is what `helm verify` looks up. `+` stays as
 * it is: every publisher writes it so.
 */
export const archivePath = (release: { name: string; version: string }, digest: string): string =>
  `charts/${digest}/${encodeURIComponent(archiveFileName(release)).replaceAll("%2B", "+")}`;
