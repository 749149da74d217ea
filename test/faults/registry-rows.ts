import { blobRows } from "./registry-blob-rows.ts";
import { codeRows } from "./registry-code-rows.ts";
import { listRows } from "./registry-list-rows.ts";
import { manifestRows } from "./registry-manifest-rows.ts";
import type { RegistryRow } from "./registry-scene.ts";
import { tokenRows } from "./registry-token-rows.ts";

/** Every way in which a registry is broken. */
export const registryRows: readonly RegistryRow[] = [
  ...codeRows,
  ...listRows,
  ...manifestRows,
  ...blobRows,
  ...tokenRows,
];
