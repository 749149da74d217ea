import { synthesise } from "../oci/synthesise.ts";
import { sha256 } from "../storage/archive-store.ts";
import type { Sized, SyntheticDigests } from "../storage/registry-lines.ts";

/**
 * What `/v2/` will make of a release where its archive came with no manifest of its own. The documents are made
 * again for every reader; here they are only given their names.
 *
 * @param line as it is listed
 */
export async function describeArtifact(
  line: Uint8Array,
  archive: Sized,
  provenance: Uint8Array<ArrayBuffer> | undefined,
): Promise<SyntheticDigests | undefined> {
  const plain = await synthesise(line, archive);
  if (plain === undefined) return undefined;
  const config = plain.config.digest;
  if (provenance === undefined) return { manifest: plain.manifest.digest, config };
  const sized = { digest: await sha256(provenance), size: provenance.byteLength };
  const signed = await synthesise(line, archive, sized);
  return {
    manifest: signed?.manifest.digest ?? plain.manifest.digest,
    config,
    provenance: sized,
    withoutProvenance: plain.manifest.digest,
  };
}
