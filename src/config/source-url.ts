import { looksLikeOci, readOciUrl } from "./oci-url.ts";
import { type Reading, quoted } from "./reading.ts";

const example = "https://stefanprodan.github.io/podinfo";

/** Reads the address of a source: an HTTP repository, or a path in an OCI registry. */
export function readSourceUrl(text: string): Reading<string> {
  if (looksLikeOci(text)) return readOciUrl(text);
  if (/^https?:/i.test(text)) return readRepositoryUrl(text);
  return {
    problem: `${quoted(text)} is not an https://, http:// or oci:// address; write one like ${example}`,
  };
}

/**
 * Reads the address of an HTTP repository, as one would give it to `helm repo add`.
 *
 * Two spellings of one address become the same: trailing slashes and an `index.yaml` at the end, which
 * people copy from their browser, are taken off, because everything is resolved below the address.
 */
function readRepositoryUrl(text: string): Reading<string> {
  const read = readHttpUrl(text, example);
  if ("problem" in read) return read;
  const { value: url } = read;
  if (url.search !== "") {
    return { problem: `the query ${quoted(url.search)} would be lost below this address; leave it out` };
  }
  url.pathname = url.pathname.replace(/(\/index\.yaml)?\/*$/, "");
  return { value: url.href.replace(/\/$/, "") };
}

/** Reads an absolute http: or https: address with neither credentials nor a fragment. */
export function readHttpUrl(text: string, like: string): Reading<URL> {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return { problem: `${quoted(text)} is not an https:// or http:// address; write one like ${like}` };
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return {
      problem:
        "an address must not carry a user name or password: this file is readable for all; leave them out",
    };
  }
  if (text.includes("#")) return { problem: "what follows # never reaches a server; leave it out" };
  return { value: url };
}
