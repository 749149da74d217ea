import type { Contents } from "../storage/contents.ts";
import type { ContentsMemo } from "../storage/contents-memo.ts";
import type { Documents } from "../storage/current-revision.ts";
import { revisionKey } from "../storage/keys.ts";
import { withdrawnSince, type Withdrawal, type Withdrawals } from "../storage/withdrawals.ts";
import { linesOf } from "./lines-of.ts";
import type { Viewed } from "./viewed.ts";
import { placeOf } from "./view-lines.ts";
import { editChart, editsOf, type EditedChart, type Edits } from "./withdrawn-lines.ts";

/**
 * What is left out of a revision is a few lines, but its table of contents is kept with it. So many charts of all of
 * them together take some ten megabytes; what has none counts as one.
 */
const mostCharts = 20_000;

/**
 * What is to be left out of a revision, found once in an isolate: its documents do not change, and what is withdrawn
 * has a number. Values are kept and never promises: the platform lets no request wait for what another one began.
 */
export class EditsMemo {
  readonly #kept = new Map<string, { edits?: Edits }>();
  #charts = 0;

  /**
   * Without `edits` where the revision goes out as it is stored: nothing has been withdrawn since it was published,
   * or nothing that it lists. Otherwise the table of contents is read, and once the lines of charts that may be meant.
   *
   * @returns `undefined` where a document of the revision is missing
   * @throws StorageUnavailable
   */
  async of(
    parts: { documents: Documents; contents: ContentsMemo },
    viewed: Viewed,
    withdrawals: Withdrawals,
  ): Promise<{ edits?: Edits } | undefined> {
    const { repository, revision } = viewed;
    const since = withdrawnSince(withdrawals, revision.withdrawals);
    if (since.length === 0) return {};
    const key = `${withdrawals.number} ${revisionKey(repository, revision.revision, "index.json")}`;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const contents = await parts.contents.read(parts.documents, repository, revision.revision);
    const charts = contents && (await findEdited(parts.documents, viewed, contents, since));
    if (contents === undefined || charts === undefined) return undefined;
    const found = charts.length === 0 ? {} : { edits: editsOf(contents, charts, withdrawals.number) };
    this.#keep(key, found);
    return found;
  }

  #keep(key: string, found: { edits?: Edits }): void {
    if (this.#kept.has(key)) return;
    this.#charts += chartsOf(found);
    for (const [oldest, freed] of this.#kept) {
      if (this.#charts <= mostCharts) break;
      this.#kept.delete(oldest);
      this.#charts -= chartsOf(freed);
    }
    this.#kept.set(key, found);
  }
}

const chartsOf = ({ edits }: { edits?: Edits }): number =>
  Math.max(1, edits === undefined ? 0 : Object.keys(edits.contents.charts).length);

/** One ranged read for each chart that an entry names. */
async function findEdited(
  { origin }: Pick<Documents, "origin">,
  { repository, revision }: Viewed,
  contents: Contents,
  since: readonly Withdrawal[],
): Promise<EditedChart[] | undefined> {
  const edited: EditedChart[] = [];
  for (const [chart, entries] of Map.groupBy(since, (entry) => entry.chart)) {
    const place = placeOf(contents, chart);
    if (place === undefined || place.length === 0) continue;
    const { offset, length } = place;
    const key = revisionKey(repository, revision.revision, "index.json");
    const opened = await origin.open(key, { offset, length });
    if (opened === undefined) return undefined;
    const chartEdits = await editChart({ repository, chart }, place, linesOf(opened.body), entries);
    if (chartEdits !== undefined) edited.push(chartEdits);
  }
  return edited;
}
