import { describe, test } from "vitest";
import { playStorageFault } from "./play-storage-fault.ts";
import type { StorageRow } from "./storage-row.ts";
import { storageRows } from "./storage-rows.ts";

describe("storage that fails", () => {
  test.each(storageRows().map((row): [string, StorageRow] => [row.name, row]))("%s", async (_, row) => {
    await playStorageFault(row);
  });
});
