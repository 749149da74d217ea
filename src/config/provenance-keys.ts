import { z } from "zod";

/** Which signatures a repository wants to see: keys of a repository, and of the whole file. */
export const provenanceKeys = {
  requireProvenance: z
    .boolean()
    .describe(
      "true: only versions with a provenance file (.prov) that verifies against `keyring` are listed. Default: false.",
    )
    .optional(),
  keyring: z
    .array(z.string())
    .min(1, "the list is empty; name at least one file with a public key")
    .describe(
      "OpenPGP public keys, as `gpg --armor --export` prints them: files, relative to this one, or the armored text itself.",
    )
    .optional(),
};
