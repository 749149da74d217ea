import type { Break } from "../support/broken-store.ts";
import type { StorageRow } from "./storage-row.ts";
import { first, firstHangs, forGood, half, noParts, onlyAt, onlyFor, slowly } from "./store-breaks.ts";

const heldUp = { isHeldUp: true, readersBehind: true } as const;

/** Made anew for every run: some count. */
export const r2Rows = (): StorageRow[] => [
  ...operation("get"),
  ...operation("put"),
  seen("R2: put fails until it is mended", ["put"], forGood, { ...heldUp, isStatusRefused: true }),
  {
    name: "R2: head fails until it is mended",
    bucket: onlyFor(["head"], forGood),
    seenBy: "both",
    told: "verify-failed",
  },
  seen("R2: delete fails until it is mended", ["delete"], forGood, { told: "collect-failed" }),
  {
    name: "R2: uploadPart fails until it is mended",
    bucket: noParts,
    seenBy: "the Keeper",
    told: "unit-failed",
    ...heldUp,
    isLarge: true,
  },
  {
    name: "R2 is full: it refuses whatever is written, and gives what is there",
    bucket: onlyFor(["put", "createMultipartUpload"], forGood),
    seenBy: "both",
    told: "unit-failed",
    ...heldUp,
    isStatusRefused: true,
  },
  seen("R2 refuses the status alone", ["put"], onlyAt("/status", forGood), { told: "status-failed" }),
  seen("R2 gives half of a document, then fails", ["get"], half, { told: "kv-behind" }),
  { name: "R2 fails for readers' first call", bucket: first(1, forGood), seenBy: "readers", told: "nowhere" },
];

/** The first that is read is an archive, whose bytes are verified. */
const toldOnce = { get: "archive-unread", put: "unit-failed" } as const;

function operation(method: "get" | "put"): StorageRow[] {
  const { breaks, hangs } = firstHangs();
  const rows = [
    seen(`R2: ${method} fails once`, [method], first(1, forGood), { told: toldOnce[method] }),
    seen(`R2: ${method} fails a few times`, [method], first(3, forGood)),
    seen(`R2: ${method} is slow`, [method], slowly, { told: "nowhere" }),
    seen(`R2: ${method} does not come back`, [method], breaks, { told: "nowhere", hangs }),
  ];
  return method === "get"
    ? [...rows, seen("R2: get fails until it is mended", ["get"], forGood, heldUp)]
    : rows;
}

function seen(
  name: string,
  methods: readonly string[],
  breaks: Break,
  more: Partial<StorageRow> = {},
): StorageRow {
  return { name, bucket: onlyFor(methods, breaks), seenBy: "the Keeper", told: "unit-failed", ...more };
}
