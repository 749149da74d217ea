import { synthesise, type SyntheticChart } from "../oci/synthesise.ts";
import { sha256 } from "../storage/archive-store.ts";
import type { ArchiveReader } from "../storage/archives.ts";
import type { Documents } from "../storage/current-revision.ts";
import { provenanceKey, revisionKey } from "../storage/keys.ts";
import type { RegistryVersion } from "../storage/registry-lines.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import { readBytes } from "../storage/read-bytes.ts";
import { documentOf } from "./registry-line.ts";

/** What has to be read to make a version's documents. */
export interface SyntheticOrigin {
  documents: Documents;
  archives: ArchiveReader;
  repository: string;
  revision: string;
  version: RegistryVersion;
}

/**
 * The synthetic document with this digest, which must be one of the version's: a manifest or a config, made of
 * its line of the index, or its provenance, which is stored. One storage read.
 *
 * @throws StorageUnavailable also where the bytes do not have the digest: none are better than wrong ones
 */
export async function syntheticDocument(
  origin: SyntheticOrigin,
  digest: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const kind = documentOf(origin.version, digest);
  const bytes = kind === "provenance" ? await readProvenance(origin) : await makeDocument(origin, kind);
  if ((await sha256(bytes)) === digest) return bytes;
  throw new StorageUnavailable(`What is stored of ${digest} in ${origin.repository} has another digest.`);
}

async function makeDocument(
  origin: SyntheticOrigin,
  kind: ReturnType<typeof documentOf>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { archive, synthetic } = origin.version;
  const provenance = kind === "manifest" ? synthetic.provenance : undefined;
  const made: SyntheticChart | undefined = await synthesise(await readLine(origin), archive, provenance);
  if (made === undefined)
    throw new StorageUnavailable(`A line of the index of ${origin.repository} is none.`);
  return (kind === "config" ? made.config : made.manifest).bytes;
}

async function readLine({ documents, repository, revision, version }: SyntheticOrigin) {
  const key = revisionKey(repository, revision, "index.json");
  const line = await documents.origin.bytes(key, version.line);
  if (line === undefined) throw new StorageUnavailable(`The index of ${repository} is missing.`);
  return line;
}

async function readProvenance({ archives, repository, version }: SyntheticOrigin) {
  const found = await archives.open(provenanceKey(repository, version.archive.digest));
  if (found?.kind !== "open") throw new StorageUnavailable(`A provenance file of ${repository} is missing.`);
  return await readBytes(found.body);
}
