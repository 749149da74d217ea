import { kvRows } from "./kv-rows.ts";
import { r2Rows } from "./r2-rows.ts";
import type { StorageRow } from "./storage-row.ts";

/** Every way in which our own storage is broken, made anew for every run. */
export const storageRows = (): StorageRow[] => [...r2Rows(), ...kvRows()];
