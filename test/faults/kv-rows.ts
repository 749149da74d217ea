import type { Break } from "../support/broken-store.ts";
import type { StorageRow } from "./storage-row.ts";
import { absentIfNew, asAtFirst, first, forGood, never, onlyAt, onlyFor, slowly } from "./store-breaks.ts";

/** Made anew for every run: some count. */
export const kvRows = (): StorageRow[] => [
  written("KV: put fails once", "put", first(1, forGood)),
  written("KV: put fails a few times", "put", first(3, forGood)),
  written("KV: put fails until it is mended", "put", forGood),
  written("KV: put is slow", "put", slowly, { told: "nowhere" }),
  written("KV: put does not come back", "put", never, { kvPatience: 50 }),
  written("KV: delete fails until it is mended", "delete", forGood, { told: "collect-failed" }),
  { name: "KV fails in everything", kv: forGood, seenBy: "both", told: "kv-behind" },
  { name: "KV is slow", kv: slowly, seenBy: "both", told: "nowhere" },
  read("KV does not answer", never),
  read("KV says that nothing is there", async () => null),
  read("KV says of a new revision that nothing is there, and goes on saying so", absentIfNew()),
  read("KV gives for minutes what it gave before", asAtFirst(), { readersBehind: true }),
  read("KV gives for minutes the head that it gave before", onlyAt("/head", asAtFirst())),
  read(
    "KV gives a page in place of the head",
    onlyAt("/head", async () => new Response("<html>").body),
  ),
];

function written(
  name: string,
  method: "put" | "delete",
  breaks: Break,
  more: Partial<StorageRow> = {},
): StorageRow {
  return { name, kv: onlyFor([method], breaks), seenBy: "the Keeper", told: "kv-behind", ...more };
}

function read(name: string, breaks: Break, more: Partial<StorageRow> = {}): StorageRow {
  return { name, kv: onlyFor(["get"], breaks), seenBy: "readers", told: "nowhere", ...more };
}
