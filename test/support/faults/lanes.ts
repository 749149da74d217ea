/** Rows that are played one after the other, on one repository with what they say of it. */
export interface Lane<Row extends { mirrored?: unknown }> {
  name: string;
  settings: Row["mirrored"] | undefined;
  rows: Row[];
}

/**
 * Divides rows into lanes: so many for those without settings of their own, and one for each of the others. A
 * repository for every row would cost more than all the faults: filling one takes some fifty writes.
 */
export function lanesOf<Row extends { mirrored?: unknown }>(
  rows: readonly Row[],
  count: number,
): Lane<Row>[] {
  const common = Array.from({ length: count }, (): Row[] => []);
  for (const [at, row] of rows.filter(({ mirrored }) => mirrored === undefined).entries()) {
    common[at % count]?.push(row);
  }
  const own = rows.filter(({ mirrored }) => mirrored !== undefined).map((row) => [row]);
  return [...common, ...own]
    .filter(({ length }) => length > 0)
    .map((together, at) => ({ name: `lane-${at}`, settings: together[0]?.mirrored, rows: together }));
}

/** Plays all lanes at the same time, each row behind the one before it. @returns each row's play, by its name */
export function playLanes<Row extends { name: string; mirrored?: unknown }>(
  lanes: readonly Lane<Row>[],
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
