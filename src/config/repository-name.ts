import { closestKey } from "./closest-key.ts";
import { quoted } from "./reading.ts";

/** For editors, in the JSON Schema. */
export const repositoryNamePattern = "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$";

const shape = new RegExp(repositoryNamePattern);

/** First segments of public paths that mean something else, and what. */
const taken = new Map([
  ["v2", "registry clients look for the OCI registry at /v2/"],
  ["api", "/api/ is for programs"],
  ["charts", "the root repository's archives lie below /charts/"],
  ["metrics", "/metrics is for monitoring"],
  ["healthz", "/healthz is for health checks"],
]);

/** A repository of this name would hide, or be hidden by, a file at the root: /status.json, /favicon.ico, … */
const fileLike = /\.(tgz|prov|yaml|yml|json|txt|xml|ico|html|asc)$/;

/** A repository's name is the first segment of its paths. `undefined` when it may be, otherwise why not. */
export function whyNotRepositoryName(name: string): string | undefined {
  if (name.includes("@")) {
    return `${quoted(name)} has an @, which leads to views of a repository, like /podinfo@latest; leave it out`;
  }
  if (name.length > 63) return `${quoted(name)} is ${name.length} characters long; write at most 63`;
  if (!shape.test(name)) return `${quoted(name)} is not a repository name; write ${suggestion(name)}`;
  const use = taken.get(name);
  if (use !== undefined)
    return `${quoted(name)} cannot be a repository's name, because ${use}; choose another one`;
  if (fileLike.test(name)) {
    return `${quoted(name)} looks like a file at the root of the mirror; choose a name without the extension`;
  }
  return undefined;
}

/** What is wrong with a name that is none of the repositories. */
export function whyNotKnown(name: string, names: readonly string[]): string {
  const meant = closestKey(name, names);
  const instead = meant === undefined ? `write one of ${names.join(", ")}` : `did you mean ${meant}?`;
  return `${quoted(name)} is not one of the repositories; ${instead}`;
}

function suggestion(name: string): string {
  const near = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^[._-]+|[._-]+$/g, "");
  const rule = "lower-case letters, digits, and . _ - between them";
  return near === "" ? rule : `${rule}, like ${quoted(near)}`;
}
