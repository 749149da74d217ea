import { versionSortKey } from "../helm/version.ts";
import type { Ledger } from "./ledger.ts";

/** The operator does not want to wait until the version is old enough: what is known of it now is listed. */
export function releaseEarly(
  ledger: Ledger,
  chart: string,
  version: string,
): "released" | "unknown" | "not waiting" {
  const sortKey = versionSortKey(version) ?? version;
  if (ledger.releases.ofVersion(chart, sortKey).length === 0) return "unknown";
  return ledger.transaction(() => {
    if (ledger.judgements.releaseEarly(chart, sortKey) === 0) return "not waiting";
    ledger.judgements.mark(chart);
    return "released";
  });
}
