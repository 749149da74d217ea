/** What is measured of one thing, under one name. */
export interface MetricFamily {
  /** Prometheus' conventions: lower case, the unit at its end, `chartkeep_` before it. */
  name: string;
  help: string;
  type: "gauge" | "summary";
  samples: Sample[];
}

export interface Sample {
  /** Of a summary: which part of it this is. */
  part?: "sum" | "count";
  labels: Record<string, string>;
  value: number;
}

/** The media type of version 0.0.4, which every Prometheus reads. */
export const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Prometheus' text format, version 0.0.4 ("Exposition formats", "Text-based format"). Written by hand: clients'
 * libraries are registries of what a process counts, and here nothing is counted, only told.
 */
export function writePrometheusText(families: readonly MetricFamily[]): string {
  return families
    .flatMap(({ name, help, type, samples }) => [
      `# HELP ${name} ${escapeBackslashes(help)}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(
        ({ part, labels, value }) =>
          `${name}${part === undefined ? "" : `_${part}`}${writeLabels(labels)} ${value}`,
      ),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

function writeLabels(labels: Sample["labels"]): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escapeBackslashes(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escapeBackslashes = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
