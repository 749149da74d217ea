import { type Told, alike, lists, taken, version } from "../support/faults/fault-row.ts";
import {
  type Fault,
  cutFile,
  edited,
  htmlPage,
  padded,
  resetAfter,
  saying,
  slow,
  status,
  truncated,
  wrongBytes,
} from "../support/upstream/faults.ts";
import { type RegistryRow, answered, serverErrors } from "./registry-scene.ts";

const kept = taken("the new version, byte for byte", lists(1));
const at = String.raw`127\.0\.0\.1:\d+/v2/.*`;
const address = (code: string): Told => version(code, new RegExp(`${at}/manifests/`));

/** What comes in place of the manifest of a tag. */
export const manifestRows: readonly RegistryRow[] = [
  ...alike(
    serverErrors.map((number) =>
      row(
        `status ${number} for a manifest`,
        status(number),
        version("http-status", new RegExp(`status ${number}`)),
      ),
    ),
  ),
  row(
    "a tag whose manifest is gone",
    status(404),
    version("not-found", /is listed, but the registry has no manifest of it/),
  ),
  row("a manifest of other bytes", wrongBytes(), address("digest-mismatch")),
  row(
    "a manifest under another digest",
    saying({ "docker-content-digest": `sha256:${"0".repeat(64)}` }),
    version("digest-mismatch", /0{64} expected, [0-9a-f]{64} came/),
  ),
  row("a manifest that is a page", htmlPage(), version("malformed-answer", /no manifest/)),
  row("half a manifest", cutFile(100), address("digest-mismatch")),
  row("half of a manifest's bytes", truncated(100), address("unreachable")),
  row("a manifest of a megabyte", padded(1024 * 1024), version("too-large", /larger than 524288 bytes/)),
  row("a manifest's connection reset", resetAfter(0), address("unreachable")),
  row(
    "a manifest of a container image",
    otherText(/application\/vnd\.cncf\.helm\.config\.v1\+json/g, "application/vnd.oci.image.config.v1+json"),
    version("not-a-chart", /no Helm chart/),
  ),
  row("a manifest without layers", otherText(/"layers":\[.*?\]/, '"layers":[]'), version("not-a-chart", /./)),
  row(
    "a manifest of another schema",
    otherText('"schemaVersion":2', '"schemaVersion":1'),
    version("not-a-chart", /schemaVersion/),
  ),
  row("a manifest called text/plain", saying({ "content-type": "text/plain" }), kept),
  row("a manifest half a second late", slow(500), kept),
];

function row(name: string, fault: Fault, told: Told): RegistryRow {
  return { name, breaks: answered("manifests", fault), told };
}

/** Another manifest under the same tag, and so no digest of it is told. */
function otherText(part: RegExp | string, other: string): Fault {
  const type = "application/vnd.oci.image.manifest.v1+json";
  return edited((text) => text.replace(part, other), { "content-type": type });
}
