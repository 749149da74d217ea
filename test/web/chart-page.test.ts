import { expect, test } from "vitest";
import { type ChartPageData, chartPage, type ShownVersion } from "../../src/web/chart-page.ts";
import { renderPage } from "../../src/web/page.ts";

const version: ShownVersion = {
  version: "2.0.0+b1",
  path: "charts/abc/web-2.0.0+b1.tgz",
  appVersion: "7",
  description: "A server.",
  home: "https://web.example/",
  created: "2026-11-20T10:11:12Z",
  deprecated: false,
};
const data: ChartPageData = {
  origin: "https://charts.example",
  repository: "stable",
  chart: "web",
  versions: [version],
  versionCount: 1234,
  hasRegistryName: true,
};
const rendered = async (changes: Partial<ChartPageData>): Promise<string> =>
  (await renderPage(chartPage({ ...data, ...changes }))).html;

test("a chart's page tells how to get it by either way, and what there is of it", async () => {
  const html = await rendered({});
  expect(html).toContain("helm repo add web https://charts.example/stable/web</code>");
  expect(html).toContain("helm pull oci://charts.example/stable/web</code>");
  expect(html).toContain(`href="../charts/abc/web-2.0.0+b1.tgz"`);
  expect(html).toContain("1,234 versions");
  expect(html).toContain("1,233 older ones are in index.yaml.");
  expect(html).toContain("2026-11-20 10:11 UTC");
  expect(html).toContain(`<a href="https://web.example/"`);
  expect(html).not.toContain("Deprecated");
});

test("what a publisher wrote is text, and no line to copy", async () => {
  const hostile = `"><script>alert(1)</script>$(reboot)`;
  const html = await rendered({
    chart: hostile,
    versions: [
      {
        version: hostile,
        path: "charts/abc/x.tgz",
        description: hostile,
        home: "javascript:alert(1)",
        deprecated: true,
      },
    ],
  });
  expect(html).not.toContain("<script>");
  expect(html).not.toContain("helm pull");
  expect(html).not.toMatch(/href="javascript/);
  expect(html).toContain("Deprecated by its publisher.");
});

test("a name that no registry knows is offered by its repository alone", async () => {
  const html = await rendered({ chart: "Web", hasRegistryName: false });
  expect(html).toContain("helm repo add Web https://charts.example/stable/Web");
  expect(html).not.toContain("oci:");
});
