import { describeArtifact } from "../../src/keeper/describe-artifact.ts";
import type { Ledger } from "../../src/keeper/ledger.ts";

/** Lines of 2,000 bytes, a hundred charts. */
export async function fillListing(ledger: Ledger, sql: SqlStorage, versions: number): Promise<void> {
  const known = ledger.listing.sizes().length;
  for (let index = known; index < known + versions; index += 1) {
    const chart = `chart-${index % 100}`;
    const version = `1.${Math.floor(index / 100)}.0`;
    const digest = index.toString(16).padStart(64, "0");
    const urls = [`charts/${digest}/${chart}-${version}.tgz`];
    const entry = { name: chart, version, description: `${index} `.repeat(300), urls, digest };
    const line = new TextEncoder().encode(JSON.stringify(entry));
    const hash = await crypto.subtle.digest("SHA-256", line);
    const artifact = await describeArtifact(line, { digest, size: 20_000 }, undefined);
    sql.exec(
      `INSERT INTO release (id, chart, version, sort_key, name, digest, line_hash, artifact, addresses, state, listed, first_listed,
        first_seen, aged_from)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]', 'stored', 1, 0, 0, 0)`,
      index + 1,
      chart,
      version,
      String(index).padStart(8, "0"),
      chart,
      digest,
      hash,
      JSON.stringify(artifact),
    );
    sql.exec("INSERT INTO line (release, text) VALUES (?, ?)", index + 1, line);
  }
}
