import { bodyRows } from "./index-body-rows.ts";
import { oddityRows } from "./index-oddity-rows.ts";
import type { IndexRow } from "./index-scene.ts";
import { statusRows } from "./index-status-rows.ts";

/** Every way in which the index of an HTTP repository is broken. */
export const indexRows: readonly IndexRow[] = [...statusRows, ...bodyRows, ...oddityRows];
