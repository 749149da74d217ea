import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { metricsOf } from "../../src/edge/metrics.ts";
import { hasPromtool, promtoolIsNeeded, runPromtool } from "../support/promtool.ts";
import { markdownTable } from "../support/markdown-table.ts";

const project = resolve(import.meta.dirname, "../..");
const prometheus = join(project, "examples/prometheus");
const installed = await hasPromtool();

/** What `/metrics` gives, a summary by its parts. */
const given = new Set(
  metricsOf([]).flatMap(({ name, type }) => (type === "summary" ? [`${name}_sum`, `${name}_count`] : [name])),
);
const metricsIn = (text: string): string[] => text.match(/\bchartkeep_[a-z_]+/g) ?? [];

interface Dashboard {
  templating: { list: { query: string | { query: string } }[] };
  annotations: { list: { expr: string }[] };
  panels: { id: number; title: string; description: string; targets: { expr: string }[] }[];
}

const readDashboard = async (): Promise<Dashboard> =>
  JSON.parse(await readFile(join(project, "examples/grafana/chartkeep.json"), "utf8"));

test("docs/operations.md explains every metric that /metrics gives, and no other", async () => {
  const documentation = await readFile(join(project, "docs/operations.md"), "utf8");
  const rows = markdownTable(documentation, ["metric", "labels", "meaning"]);
  const explained = rows.map(({ metric = "" }) => metric);
  expect(explained.toSorted()).toEqual(
    metricsOf([])
      .map(({ name }) => name)
      .toSorted(),
  );
});

describe("the Grafana dashboard", () => {
  test("asks for nothing that /metrics does not give", async () => {
    const { panels, templating, annotations } = await readDashboard();
    const queries = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...annotations.list.map(({ expr }) => expr),
      ...templating.list.map(({ query }) => (typeof query === "string" ? query : query.query)),
    ];
    const asked = new Set(queries.flatMap(metricsIn));
    expect([...asked].filter((name) => !given.has(name))).toEqual([]);
    expect(asked.size).toBeGreaterThan(12);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  test.skipIf(!installed)("has queries that Prometheus understands", async () => {
    const { panels } = await readDashboard();
    const rules = panels.flatMap(({ id, targets }) =>
      targets.map(({ expr }, index) => ({
        record: `panel:${id}:${index}`,
        expr: expr.replaceAll("$__rate_interval", "5m"),
      })),
    );
    const folder = await mkdtemp(join(tmpdir(), "chartkeep-dashboard-"));
    try {
      const file = join(folder, "rules.json"); // which is YAML as well
      await writeFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
      const { code, output } = await runPromtool(["check", "rules", file]);
      expect({ code, output }).toMatchObject({ code: 0 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("the alert rules", () => {
  test("watch nothing that /metrics does not give", async () => {
    for (const file of ["chartkeep-alerts.yml", "chartkeep-alerts.test.yml"]) {
      const text = await readFile(join(prometheus, file), "utf8");
      expect(metricsIn(text).filter((name) => !given.has(name))).toEqual([]);
    }
  });

  test("are each tried, to fire and not to", async () => {
    const rules = await readFile(join(prometheus, "chartkeep-alerts.yml"), "utf8");
    const tests = await readFile(join(prometheus, "chartkeep-alerts.test.yml"), "utf8");
    for (const [, alert] of rules.matchAll(/alert: (\w+)/g)) {
      expect(tests).toMatch(new RegExp(`alertname: ${alert} }`));
      expect(tests).toMatch(new RegExp(`alertname: ${alert}\\s+exp_alerts:\\s+- exp_labels`));
    }
  });

  test.skipIf(installed)(promtoolIsNeeded, (context) => context.skip(promtoolIsNeeded));

  test.skipIf(!installed).for([
    ["check", "config", "prometheus.yml"],
    ["check", "rules", "chartkeep-alerts.yml"],
    ["test", "rules", "chartkeep-alerts.test.yml"],
  ] as const)("pass promtool %s %s %s", async ([verb, what, file]) => {
    const { code, output } = await runPromtool([verb, what, join(prometheus, file)]);
    expect({ code, output }).toMatchObject({ code: 0 });
  });
});
