/** Rows that are played one after the other, on one repository. */
export interface Lane<Row, Settings> {
  name: string;
  settings: Settings | undefined;
  rows: Row[];
}

/**
 * Divides rows into lanes: so many for those without settings of their own, and one for each of the others. A
 * repository for every row would cost more than all the faults: filling one takes some fifty writes.
 */
export function lanesOf<Row extends { mirrored?: Settings }, Settings = NonNullable<Row["mirrored"]>>(
  rows: readonly Row[],
  count: number,
): Lane<Row, Settings>[] {
  const common = Array.from({ length: count }, (_, at): Lane<Row, Settings> => {
    return { name: `lane-${at}`, settings: undefined, rows: [] };
  });
  const own: Lane<Row, Settings>[] = [];
  for (const [at, row] of rows.filter(({ mirrored }) => mirrored === undefined).entries()) {
    common[at % count]?.rows.push(row);
  }
  for (const row of rows) {
    if (row.mirrored === undefined) continue;
    own.push({ name: `own-${own.length}`, settings: row.mirrored, rows: [row] });
  }
  return [...common.filter((lane) => lane.rows.length > 0), ...own];
}

/** Plays all lanes at the same time, each row behind the one before it. @returns each row's play, by its name */
export function playLanes<Row extends { name: string }>(
  lanes: readonly Lane<Row, unknown>[],
  play: (row: Row, lane: string) => Promise<void>,
): Map<string, Promise<void>> {
  const plays = new Map<string, Promise<void>>();
  for (const { name, rows } of lanes) {
    let before: Promise<unknown> = Promise.resolve();
    for (const row of rows) {
      const playing = before.then(async () => await play(row, name));
      before = playing.catch(() => undefined); // told by its test
      plays.set(row.name, playing);
    }
  }
  return plays;
}
