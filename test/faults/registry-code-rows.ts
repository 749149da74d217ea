import { outage, thorough, version } from "../support/faults/fault-row.ts";
import { type ErrorCode, refused } from "../support/registry/errors.ts";
import { gone, listed } from "./registry-list-rows.ts";
import { type RegistryRow, answered } from "./registry-scene.ts";

/** The specification's codes, and what each means for all of a registry where its only chart's tags are asked for. */
const codes: [name: ErrorCode, code: string][] = [
  ["BLOB_UNKNOWN", "emptied"],
  ["BLOB_UPLOAD_INVALID", "refused"],
  ["BLOB_UPLOAD_UNKNOWN", "emptied"],
  ["DENIED", "refused"],
  ["DIGEST_INVALID", "refused"],
  ["MANIFEST_BLOB_UNKNOWN", "emptied"],
  ["MANIFEST_INVALID", "refused"],
  ["MANIFEST_UNKNOWN", "emptied"],
  ["NAME_INVALID", "refused"],
  ["NAME_UNKNOWN", "emptied"],
  ["PAGINATION_NUMBER_INVALID", "refused"],
  ["TOOMANYREQUESTS", "rate-limited"],
  ["UNAUTHORIZED", "unauthorized"],
  ["UNSUPPORTED", "refused"],
];

/** Manifests that are not there cost the version, in the words of the registry. */
const ofManifest: Partial<Record<ErrorCode, string>> = {
  BLOB_UNKNOWN: "not-found",
  BLOB_UPLOAD_UNKNOWN: "not-found",
  MANIFEST_BLOB_UNKNOWN: "not-found",
  MANIFEST_UNKNOWN: "not-found",
  NAME_UNKNOWN: "not-found",
};

/** The others are answered by the same few lines. */
const common: readonly ErrorCode[] = ["DENIED", "NAME_UNKNOWN", "TOOMANYREQUESTS", "UNAUTHORIZED"];

/** The registry refuses, in the specification's words: the list of tags, or a manifest. */
export const codeRows: readonly RegistryRow[] = codes.flatMap(([name, code]): RegistryRow[] => {
  const fault = refused(name);
  const message = code === "emptied" ? gone : new RegExp(`${listed}: status \\d+ \\(${name}: `);
  const ofTag = ofManifest[name] ?? code;
  const words =
    ofTag === "not-found" ? /the registry has no manifest of it/ : new RegExp(`status \\d+ \\(${name}: `);
  const rows: RegistryRow[] = [
    {
      name: `${name} for a list of tags`,
      breaks: answered("lists", fault),
      told: outage(code, message),
    },
    {
      name: `${name} for a manifest`,
      breaks: answered("manifests", fault),
      told: version(ofTag, words),
    },
  ];
  return common.includes(name) ? rows : rows.map(thorough);
});
