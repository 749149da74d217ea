import { type Told, alike, version } from "../support/faults/fault-row.ts";
import {
  type Fault,
  cutFile,
  endless,
  htmlPage,
  redirect,
  status,
  truncated,
  wrongBytes,
} from "../support/upstream/faults.ts";
import { type RegistryRow, answered, serverErrors } from "./registry-scene.ts";

const at = String.raw`127\.0\.0\.1:\d+/v2/.*`;
const address = (code: string): Told => version(code, new RegExp(`${at}/blobs/`));

/** What comes in place of a manifest's config and of its layers. */
export const blobRows: readonly RegistryRow[] = [
  ...alike(
    serverErrors.map((number) =>
      row(
        `status ${number} for blobs`,
        status(number),
        version("http-status", new RegExp(`status ${number}`)),
      ),
    ),
  ),
  row("blobs that are gone", status(404), version("not-found", /config is missing/)),
  row("blobs of other bytes", wrongBytes(), address("digest-mismatch")),
  row("half of the blobs", cutFile(20), address("digest-mismatch")),
  row("half of the blobs' bytes", truncated(20), address("unreachable")),
  row("blobs that are pages", htmlPage(), address("digest-mismatch")),
  row("blobs without end", endless(), address("too-large")),
  row(
    "blobs behind a redirect to file:",
    redirect("file:///etc/passwd"),
    version("forbidden-address", /file: cannot be fetched/),
  ),
];

function row(name: string, fault: Fault, told: Told): RegistryRow {
  return { name, breaks: answered("blobs", fault), told };
}
