import { type Reading, quoted } from "./reading.ts";

const example = "oci://ghcr.io/prometheus-community/charts";

/** One segment of a repository's name, as the OCI distribution spec has it ("Pulling manifests"). */
export const ociSegmentPattern = "^[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*$";

const segmentShape = new RegExp(ociSegmentPattern);
/** `chart:1.2.3`, `chart@sha256:…`, or both. */
const versioned = /^([^:@]+)[:@]/;
/** The spec's advice: many clients allow no more for the host, a slash and the name. */
const longest = 255;

/** Whether a text is meant as the address of a registry, however the scheme is spelt. */
export const looksLikeOci = (text: string): boolean => /^oci:/i.test(text);

/**
 * Reads the address of a path in an OCI registry, below which every chart is a repository of its own.
 *
 * Not with `URL`, which knows no `oci:`: it would neither lower the host's case nor check the path. A port is
 * kept even where it is the usual one, because only `plainHttp` says which one that is.
 */
export function readOciUrl(text: string): Reading<string> {
  const [, authority = "", path = ""] = /^oci:\/\/([^/]*)(.*)$/is.exec(text) ?? [];
  const host = readHost(authority);
  if (authority.includes("@") || (host === undefined && text.includes("@"))) {
    return {
      problem:
        "an address must not carry a user name or password: this file is readable for all; store them as a secret, and write its name as `credentials: NAME`",
    };
  }
  const [extra] = /[?#].*/s.exec(text) ?? [];
  if (extra !== undefined) return { problem: `a registry has no use for ${quoted(extra)}; leave it out` };
  if (host === undefined) {
    return { problem: `${quoted(text)} is not a registry's address; write one like ${example}` };
  }
  const segments = path.replace(/\/+$/, "").split("/").slice(1);
  const problem = whyNotPath(host, segments);
  return problem === undefined ? { value: [`oci://${host}`, ...segments].join("/") } : { problem };
}

/** `host[:port]`, in lower case; `undefined` when it is none. */
function readHost(authority: string): string | undefined {
  const [, name = "", port] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/i.exec(authority) ?? [];
  if (name === "" || Number(port ?? 0) > 65_535 || !URL.canParse(`https://${name}`)) return undefined;
  const { hostname } = new URL(`https://${name}`);
  return port === undefined ? hostname : `${hostname}:${Number(port)}`;
}

function whyNotPath(host: string, segments: readonly string[]): string | undefined {
  const last = segments.at(-1) ?? "";
  const [, chart] = versioned.exec(last) ?? [];
  if (chart !== undefined) {
    const above = [`oci://${host}`, ...segments.slice(0, -1)].join("/");
    return `a source is the path above its charts, and every version is mirrored; write ${above} without ${quoted(last)}, and \`charts: [${chart}]\` if only that one is meant`;
  }
  const wrong = segments.find((segment) => !segmentShape.test(segment));
  if (wrong !== undefined) {
    return `${quoted(wrong)} cannot be part of a registry's path; between its slashes are lower-case letters and digits, with single . _ - between them`;
  }
  if ([host, ...segments].join("/").length > longest) {
    return `the address is too long for a registry; it may have ${longest} characters after oci://`;
  }
  return undefined;
}
