import type { MetricFamily, Sample } from "../http/prometheus-text.ts";
import type { Durations, RepositoryStatus, SourceStatus } from "../storage/status.ts";

/** The version of the program; that of package.json, as a test sees to. */
const version = "0.1.0";

/** A repository and its stored status; undefined where it cannot be read. */
export type KnownStatus = [repository: string, status: MeasuredStatus | undefined];

type MeasuredStatus = RepositoryStatus & {
  integrityFailures?: number;
};

/** What `/metrics` tells, by what the statuses say. What is not known has no sample. */
export function metricsOf(known: readonly KnownStatus[]): MetricFamily[] {
  const statuses = known.flatMap(([repository, status]) =>
    status === undefined ? [] : [{ repository, status }],
  );
  const build: Sample = { labels: { version }, value: 1 };
  const readable = known.map(([repository, status]): Sample => {
    return { labels: { repository }, value: status === undefined ? 0 : 1 };
  });
  return [
    gauge("chartkeep_build_info", "The version that answers.", [build]),
    gauge("chartkeep_status_readable", "Whether the stored status of a repository can be read.", readable),
    ...metricsOfSources(
      statuses.flatMap(({ repository, status }) =>
        status.sources.map((source) => ({ labels: { repository, source: source.url }, source })),
      ),
    ),
    ...metricsOfRepositories(statuses.map(({ repository, status }) => ({ labels: { repository }, status }))),
  ];
}

interface MeasuredSource {
  labels: Sample["labels"];
  source: SourceStatus;
}

/** A source that was never read to its end is neither up nor down. */
function metricsOfSources(sources: readonly MeasuredSource[]): MetricFamily[] {
  const each = (value: (source: SourceStatus) => number | null) =>
    sources.flatMap(({ labels, source }) => sample(labels, value(source)));
  return [
    gauge(
      "chartkeep_source_up",
      "Whether the last check of a source went well.",
      each(({ state }) => (state === "unknown" ? null : Number(state === "ok"))),
    ),
    gauge(
      "chartkeep_source_error_info",
      "Why the last check of a source failed, by its code.",
      sources.flatMap(({ labels, source: { error } }) =>
        error === null ? [] : [{ labels: { ...labels, code: error.code }, value: 1 }],
      ),
    ),
    gauge(
      "chartkeep_source_consecutive_failures",
      "Checks of a source in a row that failed.",
      each(({ consecutiveFailures }) => consecutiveFailures),
    ),
    gauge(
      "chartkeep_source_last_check_timestamp_seconds",
      "When a source was checked last.",
      each(({ checkedAt }) => seconds(checkedAt)),
    ),
    gauge(
      "chartkeep_source_last_success_timestamp_seconds",
      "When a check of a source went well last.",
      each(({ succeededAt }) => seconds(succeededAt)),
    ),
    gauge(
      "chartkeep_source_last_change_timestamp_seconds",
      "When a source last showed something else than before.",
      each(({ changedAt }) => seconds(changedAt)),
    ),
    summary(
      "chartkeep_check_duration_seconds",
      "How long checks of a source took that came to an end.",
      sources.flatMap(({ labels, source }) => durations(labels, source.checks)),
    ),
  ];
}

interface MeasuredRepository {
  labels: Sample["labels"];
  status: MeasuredStatus;
}

function metricsOfRepositories(repositories: readonly MeasuredRepository[]): MetricFamily[] {
  const each = (value: (status: MeasuredStatus) => number | null) =>
    repositories.flatMap(({ labels, status }) => sample(labels, value(status)));
  return [
    gauge(
      "chartkeep_published_timestamp_seconds",
      "Since when the published state is the current one.",
      each(({ publishedAt }) => seconds(publishedAt)),
    ),
    gauge(
      "chartkeep_charts",
      "Charts with a listed version.",
      each(({ charts }) => charts),
    ),
    gauge(
      "chartkeep_versions",
      "Chart versions by state.",
      repositories.flatMap(({ labels, status }) =>
        Object.entries(status.versions).map(([state, value]) => ({ labels: { ...labels, state }, value })),
      ),
    ),
    gauge(
      "chartkeep_backlog_versions",
      "Chart versions that wait to be read or copied.",
      each(({ versions }) => versions.pending),
    ),
    gauge(
      "chartkeep_archive_bytes",
      "Bytes of the archives that were copied.",
      each(({ archiveBytes }) => archiveBytes),
    ),
    gauge(
      "chartkeep_withheld_versions",
      "Listed chart versions of which the loss is not followed yet.",
      each(({ withheld }) => withheld?.count ?? 0),
    ),
    gauge(
      "chartkeep_mutated_versions",
      "Chart versions of which other bytes are known than those that are listed.",
      each(({ mutations }) => mutations),
    ),
    gauge(
      "chartkeep_integrity_failures",
      "Stored archives that were found not to have their digest.",
      each(({ integrityFailures = 0 }) => integrityFailures),
    ),
    gauge(
      "chartkeep_problems",
      "Problems of versions that the status tells of.",
      each(({ problemCount }) => problemCount),
    ),
    summary(
      "chartkeep_unit_duration_seconds",
      "How long units of work took that had something to do.",
      repositories.flatMap(({ labels, status }) => durations(labels, status.work)),
    ),
  ];
}

const gauge = (name: string, help: string, samples: Sample[]): MetricFamily => {
  return { name, help, type: "gauge", samples };
};

const summary = (name: string, help: string, samples: Sample[]): MetricFamily => {
  return { name, help, type: "summary", samples };
};

const sample = (labels: Sample["labels"], value: number | null): Sample[] =>
  value === null ? [] : [{ labels, value }];

const durations = (labels: Sample["labels"], { count, seconds: sum }: Durations): Sample[] => [
  { part: "sum", labels, value: sum },
  { part: "count", labels, value: count },
];

/** @param time RFC 3339 */
const seconds = (time: string | null): number | null => (time === null ? null : Date.parse(time) / 1000);
