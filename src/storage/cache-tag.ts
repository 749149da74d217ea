/**
 * The tag on every cached answer that a publish of this repository makes outdated; purging it drops them.
 * Workers Cache wants printable ASCII without spaces or commas, which the names of repositories are.
 */
export const repositoryTag = (repository: string): string => `repository-${repository}`;
