import { type Told, outage, taken, thorough, version } from "../support/faults/fault-row.ts";
import { type ErrorCode, jsonAnswer, refused } from "../support/registry/errors.ts";
import {
  type Fault,
  content,
  cutFile,
  edited,
  emptyBody,
  endless,
  hang,
  htmlPage,
  padded,
  rateLimited,
  redirect,
  redirectLoop,
  resetAfter,
  saying,
  slow,
  status,
  truncated,
  wrongBytes,
} from "../support/upstream/faults.ts";
import { type RegistryRow, day } from "./registry-scene.ts";

type Part = "lists" | "manifests" | "blobs" | "tokens";

const paths: Record<Part, RegExp> = {
  lists: /\/tags\/list$/,
  manifests: /\/manifests\//,
  blobs: /\/blobs\/|^storage\//,
  tokens: /^token$/,
};

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

const listed = String.raw`/v2/charts/[a-z0-9-]+/tags/list`;
const gone = /has none of its charts any more: [a-z0-9-]+; there were \d+ versions/;

/** The others are answered by the same few lines. */
const common: readonly ErrorCode[] = ["DENIED", "NAME_UNKNOWN", "TOOMANYREQUESTS", "UNAUTHORIZED"];

const errorCodes = codes.flatMap(([name, code]): RegistryRow[] => {
  const fault = refused(name);
  const message = code === "emptied" ? gone : new RegExp(`${listed}: status \\d+ \\(${name}: `);
  const ofTag = ofManifest[name] ?? code;
  const words =
    ofTag === "not-found" ? /the registry has no manifest of it/ : new RegExp(`status \\d+ \\(${name}: `);
  const rows = [
    row(`${name} for a list of tags`, "lists", fault, outage(code, message)),
    row(`${name} for a manifest`, "manifests", fault, version(ofTag, words)),
  ];
  return common.includes(name) ? rows : rows.map(thorough);
});

/** Pages that lead from one to another. */
const linked =
  (link: (asked: URL) => string): Fault =>
  ({ request, send }) =>
    send(
      jsonAnswer({ tags: [] }, 200, {
        link: `<${link(new URL(request.url ?? "", "http://x"))}>; rel="next"`,
      }),
    );

const kept = taken("the new version, byte for byte", (now, before) => {
  return now.sources[0]?.state === "ok" && now.versions.listed === before.versions.listed + 1;
});

const at = String.raw`127\.0\.0\.1:\d+/`;
const address = (code: string, part: string): Told => version(code, new RegExp(`${at}v2/.*/${part}/`));

export const registryRows: readonly RegistryRow[] = [
  ...errorCodes,
  ...[500, 502, 503, 504, 520].flatMap((number) =>
    [
      row(
        `status ${number} for a list of tags`,
        "lists",
        status(number),
        outage("http-status", new RegExp(`${listed}: status ${number}`)),
      ),
      row(
        `status ${number} for a manifest`,
        "manifests",
        status(number),
        version("http-status", new RegExp(`status ${number}`)),
      ),
      row(
        `status ${number} for blobs`,
        "blobs",
        status(number),
        version("http-status", new RegExp(`status ${number}`)),
      ),
    ].map((one) => (number === 500 ? one : thorough(one))),
  ),
  row(
    "a list of tags that waits for a second",
    "lists",
    rateLimited(1),
    outage("rate-limited", /status 429/),
  ),
  row("a list of tags that is a page", "lists", htmlPage(), outage("malformed-answer", /no list of tags/)),
  row("a list of tags that is empty", "lists", content('{"tags":[]}'), outage("emptied", gone)),
  row("a list of tags that is null", "lists", content('{"tags":null}'), outage("emptied", gone)),
  row(
    "a list of tags that is none",
    "lists",
    content('{"tags":"1.0.0"}'),
    outage("malformed-answer", /no list of tags/),
  ),
  row("no bytes for a list of tags", "lists", emptyBody(), outage("malformed-answer", /no list of tags/)),
  row("half a list of tags", "lists", cutFile(20), outage("malformed-answer", /no list of tags/)),
  row("half of the bytes of a list of tags", "lists", truncated(20), outage("unreachable", /tags\/list: /)),
  row(
    "a list of tags of three megabytes",
    "lists",
    padded(3 * 1024 * 1024),
    outage("too-large", /larger than 2097152 bytes/),
  ),
  row("a list of tags without end", "lists", endless(), outage("too-large", /larger than 2097152 bytes/)),
  row("no answer for a list of tags", "lists", hang(), outage("timeout", /no complete answer in time/)),
  row(
    "pages that go round",
    "lists",
    linked(() => "/v2/charts/x/tags/list?last=a"),
    outage("malformed-answer", /its pages go round/),
  ),
  row(
    "thousands of pages",
    "lists",
    linked(({ searchParams }) => `/v2/charts/x/tags/list?last=${Number(searchParams.get("last") ?? 0) + 1}`),
    outage("out-of-budget", /more requests than a unit may make/),
  ),
  row(
    "a next page on another host",
    "lists",
    linked(() => "http://127.0.0.1:9/v2/x/tags/list"),
    outage("forbidden-address", /the next page is on another host/),
  ),
  row(
    "a next page that is no address",
    "lists",
    linked(() => "http://[::1"),
    outage("malformed-answer", /its next page is no address/),
  ),
  row(
    "a list of tags behind a redirect that goes round",
    "lists",
    redirectLoop(),
    outage("too-many-redirects", /more than 5 redirects/),
  ),
  {
    name: "a registry that is not there",
    breaks: async (registry) => await registry.close(),
    told: outage("unreachable", new RegExp(`${at}v2/`)),
  },
  row(
    "a tag whose manifest is gone",
    "manifests",
    status(404),
    version("not-found", /is listed, but the registry has no manifest of it/),
  ),
  row("a manifest of other bytes", "manifests", wrongBytes(), address("digest-mismatch", "manifests")),
  row(
    "a manifest under another digest",
    "manifests",
    saying({ "docker-content-digest": `sha256:${"0".repeat(64)}` }),
    version("digest-mismatch", /0{64} expected, [0-9a-f]{64} came/),
  ),
  row("a manifest that is a page", "manifests", htmlPage(), version("malformed-answer", /no manifest/)),
  row("half a manifest", "manifests", cutFile(100), address("digest-mismatch", "manifests")),
  row("half of a manifest's bytes", "manifests", truncated(100), address("unreachable", "manifests")),
  row(
    "a manifest of a megabyte",
    "manifests",
    padded(1024 * 1024),
    version("too-large", /larger than 524288 bytes/),
  ),
  row("a manifest's connection reset", "manifests", resetAfter(0), address("unreachable", "manifests")),
  row(
    "a manifest of a container image",
    "manifests",
    otherText(/application\/vnd\.cncf\.helm\.config\.v1\+json/g, "application/vnd.oci.image.config.v1+json"),
    version("not-a-chart", /no Helm chart/),
  ),
  row(
    "a manifest without layers",
    "manifests",
    otherText(/"layers":\[.*?\]/, '"layers":[]'),
    version("not-a-chart", /./),
  ),
  row(
    "a manifest of another schema",
    "manifests",
    otherText('"schemaVersion":2', '"schemaVersion":1'),
    version("not-a-chart", /schemaVersion/),
  ),
  row("a manifest called text/plain", "manifests", saying({ "content-type": "text/plain" }), kept),
  row("a manifest half a second late", "manifests", slow(500), kept),
  row("blobs that are gone", "blobs", status(404), version("not-found", /config is missing/)),
  row("blobs of other bytes", "blobs", wrongBytes(), address("digest-mismatch", "blobs")),
  row("half of the blobs", "blobs", cutFile(20), address("digest-mismatch", "blobs")),
  row("half of the blobs' bytes", "blobs", truncated(20), address("unreachable", "blobs")),
  row("blobs that are pages", "blobs", htmlPage(), address("digest-mismatch", "blobs")),
  row("blobs without end", "blobs", endless(), address("too-large", "blobs")),
  row(
    "blobs behind a redirect to file:",
    "blobs",
    redirect("file:///etc/passwd"),
    version("forbidden-address", /file: cannot be fetched/),
  ),
  ...Object.entries({
    "a token service with status 500": [status(500), "http-status", /token: status 500/],
    "a token service with status 404": [status(404), "http-status", /token: status 404/],
    "a token service with status 401": [status(401), "unauthorized", /token: status 401/],
    "a token service with status 403": [status(403), "refused", /token: status 403/],
    "a token service with status 429": [rateLimited(1), "rate-limited", /token: status 429/],
    "a token service that is a page": [htmlPage(), "malformed-answer", /status 200, but no token/],
    "a token service whose connections are reset": [resetAfter(0), "unreachable", /token: /],
    "a token service that does not answer": [hang(), "timeout", /token: no complete answer in time/],
  } satisfies Record<string, [Fault, string, RegExp]>).map(([name, [fault, code, message]]): RegistryRow => ({
    ...row(name, "tokens", fault, outage(code, message)),
    breaks: async (registry, { mirror }) => {
      registry.fault(paths.tokens, fault);
      await mirror.later(day); // the token that it has is no good any more
    },
    mirrored: { auth: { kind: "token" } },
  })),
];

function row(name: string, part: Part, fault: Fault, told: Told): RegistryRow {
  return { name, breaks: (registry) => registry.fault(paths[part], fault), told };
}

/** Another manifest under the same tag, and so no digest of it is told. */
function otherText(part: RegExp | string, other: string): Fault {
  const type = "application/vnd.oci.image.manifest.v1+json";
  return edited((text) => text.replace(part, other), { "content-type": type });
}
