import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { archiveRows } from "../faults/archive-rows.ts";
import { indexRows } from "../faults/index-rows.ts";
import { registryRows } from "../faults/registry-rows.ts";
import { storageLine } from "../faults/storage-row.ts";
import { storageRows } from "../faults/storage-rows.ts";
import type { FaultRow } from "../support/faults/fault-row.ts";
import { faultLines } from "../support/faults/fault-table.ts";
import { markdownTable } from "../support/markdown-table.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/reliability.md"), "utf8");

const tables: [what: string, rows: readonly FaultRow[]][] = [
  ["An index", indexRows],
  ["An archive", archiveRows],
  ["A registry", registryRows],
];

describe("docs/reliability.md has every row of the tables of faults, with what comes of it", () => {
  test.each(tables)("%s", (what, rows) => {
    const written = markdownTable(page, [what, "The status says", "Readers get"]);
    const lines = faultLines(rows).map(({ faults, status, readers }) => ({
      [what]: faults,
      "The status says": status,
      "Readers get": readers,
    }));
    expect(written).toEqual(lines);
  });

  test("Storage", () => {
    const lines = storageRows().map(storageLine);
    const written = markdownTable(page, Object.keys(lines[0] ?? {}));
    expect(written).toEqual(lines);
  });
});

test("docs/reliability.md counts the rows of each table", () => {
  const counts = { index: indexRows, archive: archiveRows, registry: registryRows, storage: storageRows() };
  expect(markdownTable(page, ["Table", "Rows"])).toEqual(
    Object.entries(counts).map(([name, rows]) => ({
      Table: `test/faults/${name}-faults.test.ts`,
      Rows: String(rows.length),
    })),
  );
});

test("no two rows of a table have the same name", () => {
  for (const rows of [indexRows, archiveRows, registryRows, storageRows()]) {
    const names = rows.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  }
});
