import type { SyntheticDigests } from "../storage/registry-lines.ts";
import { versionSortKey } from "../helm/version.ts";
import type { Withdrawal } from "../storage/withdrawals.ts";

/** What a Keeper knows of a chart version, in hexadecimal. */
export interface KnownDigests {
  /** SHA-256 of its archives; the listed one first. */
  digests: string[];
  /** Of the manifests with which they came from registries, and of the manifests and configs that are made for them. */
  manifests: string[];
}

/** Of a version that a hostile publisher releases again and again. */
const mostLookedAt = 1000;

/** What is withdrawn, as far as it may concern this repository. */
export class Withdrawn {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Takes the place of what was withdrawn before. What is listed of it is not listed from now on.
   *
   * @param repository this one: of it versions are withdrawn, whatever their bytes; of any, archives
   * @returns charts of which something is withdrawn now or was before
   */
  replace(repository: string, entries: readonly Withdrawal[]): string[] {
    const before = this.#charts();
    for (const table of ["withdrawal", "withdrawn_version", "withdrawn_digest"]) {
      this.#sql.exec(`DELETE FROM ${table}`);
    }
    for (const entry of entries) this.#add(entry, entry.repository === repository);
    this.unlist();
    return [...new Set([...before, ...this.#charts()])];
  }

  #add(entry: Withdrawal, isHere: boolean): void {
    const { chart, version, digests } = entry;
    this.#sql.exec("INSERT INTO withdrawal (entry) VALUES (?)", JSON.stringify(entry));
    this.#sql.exec(
      "INSERT OR IGNORE INTO withdrawn_digest SELECT value FROM json_each(?)",
      JSON.stringify(digests),
    );
    if (!isHere) return;
    this.#sql.exec(
      "INSERT OR IGNORE INTO withdrawn_version VALUES (?, ?)",
      chart,
      versionSortKey(version) ?? version,
    );
  }

  /** All that is withdrawn in the mirror, as it was when it was applied. */
  entries(): Withdrawal[] {
    const rows = this.#sql.exec("SELECT entry FROM withdrawal ORDER BY id").raw<[string]>();
    return Array.from(rows, ([entry]) => JSON.parse(entry));
  }

  /** Nothing that is withdrawn is listed, whoever listed it. */
  unlist(): void {
    this.#sql.exec(`UPDATE release SET listed = 0 WHERE listed = 1 AND ${isWithdrawn}`);
  }

  #charts(): string[] {
    const rows = this.#sql.exec(`SELECT DISTINCT chart FROM release WHERE ${isWithdrawn}`).raw<[string]>();
    return Array.from(rows, ([chart]) => chart);
  }

  /** `undefined` where no complete read has shown such a version. */
  digestsOf(chart: string, sortKey: string): KnownDigests | undefined {
    const rows = this.#sql
      .exec<{ digest: string | null; manifest: string | null; artifact: string | null }>(
        `SELECT digest, manifest, artifact FROM release WHERE chart = ? AND sort_key = ? AND state <> 'new'
         ORDER BY listed DESC, state = 'stored' DESC, id DESC LIMIT ?`,
        chart,
        sortKey,
        mostLookedAt,
      )
      .toArray();
    if (rows.length === 0) return undefined;
    const digests = rows.flatMap(({ digest }) => digest ?? []);
    const manifests = rows.flatMap(({ manifest, artifact }) => [manifest ?? [], madeOf(artifact)].flat());
    return { digests, manifests: [...new Set(manifests)] };
  }
}

/** The documents that are made for it, in its `artifact`. */
function madeOf(artifact: string | null): string[] {
  if (artifact === null) return [];
  const { manifest, config, withoutProvenance }: SyntheticDigests = JSON.parse(artifact);
  return [manifest, config, ...(withoutProvenance === undefined ? [] : [withoutProvenance])];
}

/** Of a row of `release`. */
export const isWithdrawn = `(digest IN (SELECT digest FROM withdrawn_digest)
  OR (chart, sort_key) IN (SELECT chart, sort_key FROM withdrawn_version))`;
