import { type Reading, quoted } from "./reading.ts";

/** For editors, in the JSON Schema. */
export const smallFilePattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$";

/** Reads the name of a file that lies beside an index. What the mirror makes itself cannot be one. */
export function readSmallFile(text: string): Reading<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) || text.length > 128) {
    return {
      problem: `${quoted(text)} is not a plain file name; write one like artifacthub-repo.yml or pgp_keys.asc`,
    };
  }
  if (text === "index.yaml" || text === "charts") {
    return { problem: `${text} is made by the mirror itself; leave it out` };
  }
  if (/\.(tgz|prov)$/.test(text)) {
    return {
      problem: `${quoted(text)} is an archive or its provenance, which come with the index; leave it out`,
    };
  }
  return { value: text };
}
