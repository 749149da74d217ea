/**
 * The tag on every cached answer that a publish of this repository makes outdated; purging it drops them.
 * Workers Cache wants printable ASCII without spaces or commas, which the names of repositories are.
 */
export const repositoryTag = (repository: string): string => `repository-${repository}`;

/**
 * The tag on every cached answer that is made of the object with this digest alone, below whichever repository:
 * such an answer is kept for a year, unless the version is withdrawn.
 *
 * @param sha256 of an archive (also on its provenance), a manifest or a blob
 */
export const digestTag = (sha256: string): string => `sha256-${sha256}`;
