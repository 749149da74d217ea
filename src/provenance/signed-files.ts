import { parseYaml } from "../helm/full-yaml.ts";

/** `why` it is none; the names and digests as they are written. */
export type SignedFiles =
  { kind: "files"; files: ReadonlyMap<string, string> } | { kind: "none"; why: string };

/** A line of some hundred characters for each file, of which Helm writes one. */
const longest = 16 * 1024;

/**
 * Reads what Helm's `ParseMessageBlock` (pkg/provenance/sign.go) reads of a signed text: behind the metadata and the
 * line `...` stands a second document, `files:` with a digest for each name.
 */
export function readSignedFiles(signed: string): SignedFiles {
  const [, document] = signed.split("\n...\n");
  if (document === undefined) return none("the line `...`, behind which the files stand, is missing");
  if (document.length > longest) return none(`its list of files has more than ${longest} characters`);
  const parsed = parseYaml(document, { aliases: 0, characters: longest });
  if (!parsed.ok) return none(`its list of files is no YAML: ${parsed.message}`);
  const files = parsed.value instanceof Map ? parsed.value.get("files") : undefined;
  if (!(files instanceof Map)) return none("it has no list of files");
  const written = [...files].flatMap(([name, digest]): [string, string][] =>
    typeof digest === "string" ? [[name, digest]] : [],
  );
  return { kind: "files", files: new Map(written) };
}

const none = (why: string): SignedFiles => ({ kind: "none", why });
