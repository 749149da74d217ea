import { cachePolicy } from "../http/cache-policy.ts";
import { prometheusType, writePrometheusText } from "../http/prometheus-text.ts";
import { wholeResponse } from "../http/whole-response.ts";
import type { EdgeParts } from "./edge-parts.ts";
import { type KnownStatus, metricsOf } from "./metrics.ts";
import { readStatus, statusToShow } from "./read-status.ts";

/** How every repository stands, for Prometheus; from storage, one document a repository. */
export async function serveMetrics({
  config,
  documents,
}: Pick<EdgeParts, "config" | "documents">): Promise<Response> {
  const known = await Promise.all(
    Object.entries(config.repositories).map(async ([name, repository]): Promise<KnownStatus> => {
      const reading = await readStatus(documents, name);
      return [name, reading.kind === "unreadable" ? undefined : statusToShow(reading, repository)];
    }),
  );
  return wholeResponse(writePrometheusText(metricsOf(known)), 200, {
    "Content-Type": prometheusType,
    "Cache-Control": cachePolicy.status,
  });
}
