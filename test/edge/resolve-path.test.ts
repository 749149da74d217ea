import { describe, expect, test } from "vitest";
import { resolvePath, type Target } from "../../src/edge/resolve-path.ts";
import type { View } from "../../src/edge/view.ts";
import { repositoryConfig } from "../support/edge-under-test.ts";

const digest = "a1".repeat(32);
const revision = "0123456789abcdef0123456789abcdef";
const config = {
  repositories: {
    stable: repositoryConfig(["artifacthub-repo.yml", "key.asc"]),
    second: repositoryConfig(),
  },
};
const rooted = { ...config, root: "stable" };
const pathOf = (path: string) => new URL(path, "https://charts.example").pathname;

const current: View = { kind: "current" };
const latest: View = { kind: "newest", count: 1 };
const day: View = { kind: "instant", at: Date.UTC(2026, 7, 1) };
const upstream: View = { kind: "upstream" };
const index = (view: View, chart?: string, repository = "stable"): Target => ({
  kind: "index",
  repository,
  view,
  ...(chart === undefined ? {} : { chart }),
});
const file = (name: string, view: View = current, chart?: string): Target => {
  const provenance = name.endsWith(".prov");
  return {
    kind: "conventional",
    repository: "stable",
    view,
    ...(chart === undefined ? {} : { chart }),
    file: provenance ? name.slice(0, -".prov".length) : name,
    provenance,
  };
};
const archive: Target = { kind: "archive", repository: "stable", digest };
const provenance: Target = { kind: "provenance", repository: "stable", digest };
const smallFile: Target = { kind: "file", repository: "stable", file: "artifacthub-repo.yml" };
const unknown: Target = { kind: "unknown", repository: "stable", name: "stable" };
const noView = (view: string): Target => ({ kind: "unknown-view", repository: "stable", view });
const chartPage = (chart: string): Target => ({ kind: "chart-page", repository: "stable", chart });
const slashless = (chart: string): Target => ({ kind: "slash-missing", repository: "stable", chart });
const api = (more: object = {}): Target => ({ kind: "api", repository: "stable", view: current, ...more });

describe("resolvePath", () => {
  test.for<[string, Target]>([
    ["/", { kind: "front" }],
    ["/health", { kind: "health" }],
    ["/stable", { kind: "slash-missing", repository: "stable" }],
    ["/stable/", { kind: "repository", repository: "stable" }],
    ["/stable/index.yaml", index(current)],
    ["/st%61ble/index%2eyaml", index(current)],
    ["/stable/index.yaml?x=1", index(current)],
    ["/stable/index.yaml/", chartPage("index.yaml")],
    ["/stable//index.yaml", unknown],
    ["//stable.example/index.yaml", { kind: "unknown", name: "index.yaml" }],
    ["/stable/history.json", { kind: "history", repository: "stable" }],
    ["/stable/alpha/index.yaml", index(current, "alpha")],
    ["/stable/charts/index.yaml", index(current, "charts")],
    ["/stable/history.json/index.yaml", index(current, "history.json")],
    ["/stable/%5F_proto__/index.yaml", index(current, "__proto__")],
    ["/stable/alpha%2Fbeta/index.yaml", unknown],
    ["/stable/alpha/beta/index.yaml", unknown],
    ["/stable/alpha/", chartPage("alpha")],
    ["/stable/alpha", slashless("alpha")],
    ["/stable/toString", slashless("toString")],
    [`/stable/charts/${digest}/a-1.0.0.tgz`, archive],
    [`/stable/charts/${digest}/a-1.0.0%2Bb.tgz`, archive],
    [`/stable/charts/${digest}/anything.tgz`, archive],
    [`/stable/charts/${digest}/a-1.0.0.tgz.prov`, provenance],
    [`/stable/alpha/charts/${digest}/alpha-1.0.0.tgz`, archive],
    [`/stable/charts/charts/${digest}/charts-1.0.0.tgz.prov`, provenance],
    [`/stable/a/b/charts/${digest}/a-1.0.0.tgz`, unknown],
    [`/stable/charts/${digest}/a-1.0.0.zip`, unknown],
    [`/stable/charts/${digest}/`, unknown],
    [`/stable/charts/${digest.toUpperCase()}/a.tgz`, unknown],
    [`/stable/charts/${digest.slice(1)}/a.tgz`, unknown],
    [`/stable/other/${digest}/a.tgz`, unknown],
    [`/stable/charts/${digest}/a%2Fb.tgz`, unknown],
    [`/nobody/charts/${digest}/a.tgz`, { kind: "unknown", name: "nobody" }],
    ["/stable/a-1.0.0+b.tgz", file("a-1.0.0+b.tgz")],
    ["/stable/a-1.0.0%2Bb.tgz", file("a-1.0.0+b.tgz")],
    ["/stable/a-1.0.0%252Bb.tgz", file("a-1.0.0%2Bb.tgz")],
    ["/stable/a-1.0.0.tgz.prov", file("a-1.0.0.tgz.prov")],
    ["/stable/a/a-1.0.0.tgz", file("a-1.0.0.tgz", current, "a")],
    ["/stable/a/a-1.0.0.tgz.prov", file("a-1.0.0.tgz.prov", current, "a")],
    ["/stable/artifacthub-repo.yml", smallFile],
    [
      "/second/artifacthub-repo.yml",
      { kind: "slash-missing", repository: "second", chart: "artifacthub-repo.yml" },
    ],
    ["/__proto__/index.yaml", { kind: "unknown", name: "__proto__" }],
    ["/constructor", { kind: "unknown", name: "constructor" }],
    ["/__proto__@latest/index.yaml", { kind: "unknown", name: "__proto__@latest" }],
    ["/stable/%", { kind: "malformed" }],
    ["/stable/%zz.tgz", { kind: "malformed" }],
    ["/%ff/index.yaml", { kind: "malformed" }],
    ["/stable@%/index.yaml", { kind: "malformed" }],
    ["/stable/%2e%2e/second/index.yaml", index(current, undefined, "second")],
    ["/stable/..%2fsecond/index.yaml", unknown],
    ["/stable/..%2f..%2fhead.tgz", unknown],
    ["/stable/a%00-1.0.0.tgz", unknown],
    ["/stable/a%0d%0a-1.tgz", unknown],
    ["/stable/a%5cb.tgz", unknown],
    [`/stable/${"a".repeat(600)}.tgz`, unknown],
    ["/index.yaml", { kind: "unknown", name: "index.yaml" }],
    ["/@latest/index.yaml", { kind: "unknown", name: "@latest" }],
  ])("%s", ([path, target]) => {
    expect(resolvePath(pathOf(path), config)).toEqual(target);
  });

  test.for<[string, Target]>([
    ["/stable@latest/index.yaml", index(latest)],
    ["/stable%40latest/index.yaml", index(latest)],
    ["/stable%2540latest/index.yaml", { kind: "unknown", name: "stable%40latest" }],
    ["/stable@latest-3/index.yaml", index({ kind: "newest", count: 3 })],
    ["/stable@2026-08-01/index.yaml", index(day)],
    ["/stable@2026-08-01T02:00:00+02:00/index.yaml", index(day)],
    ["/stable@2026-08-01T02%3A00%3A00%2B02%3A00/index.yaml", index(day)],
    [`/stable@${revision}/index.yaml`, index({ kind: "revision", revision })],
    ["/stable@upstream/index.yaml", { kind: "upstream-index", repository: "stable" }],
    ["/stable@2026-08-01/alpha/index.yaml", index(day, "alpha")],
    ["/stable@latest/alpha/index.yaml", index(latest, "alpha")],
    ["/stable@latest/alpha-1.0.0.tgz", file("alpha-1.0.0.tgz", latest)],
    ["/stable@2026-08-01/alpha/alpha-1.0.0.tgz.prov", file("alpha-1.0.0.tgz.prov", day, "alpha")],
    ["/stable@upstream/alpha-1.0.0.tgz", file("alpha-1.0.0.tgz", upstream)],
    [`/stable@latest/charts/${digest}/a.tgz`, archive],
    [`/stable@2026-08-01/alpha/charts/${digest}/a.tgz.prov`, provenance],
    [`/stable@upstream/charts/${digest}/a.tgz`, archive],
    ["/stable@latest/artifacthub-repo.yml", smallFile],
    ["/stable@upstream/artifacthub-repo.yml", smallFile],
    ["/stable@latest/alpha/artifacthub-repo.yml", smallFile],
    ["/stable@upstream/alpha/index.yaml", unknown],
    ["/stable@upstream/alpha/alpha-1.0.0.tgz", unknown],
    [`/stable@upstream/alpha/charts/${digest}/a.tgz`, unknown],
    ["/stable@latest", unknown],
    ["/stable@latest/", unknown],
    ["/stable@latest/alpha", unknown],
    ["/stable@latest/alpha/", unknown],
    ["/stable@latest/history.json", unknown],
    ["/stable@newest/index.yaml", noView("newest")],
    ["/stable@/index.yaml", noView("")],
    ["/stable@latest@latest/index.yaml", noView("latest@latest")],
    ["/nobody@latest/index.yaml", { kind: "unknown", name: "nobody@latest" }],
  ])("%s is a path of a view", ([path, target]) => {
    expect(resolvePath(pathOf(path), config)).toEqual(target);
  });

  test.for<[string, Target]>([
    ["/api/stable/charts", api()],
    ["/api/stable@latest/charts", api({ view: latest })],
    ["/api/stable/charts/alpha", api({ chart: "alpha" })],
    ["/api/stable/charts/alpha/1.0.0+b", api({ chart: "alpha", version: "1.0.0+b" })],
    ["/api/stable/charts/alpha/1.0.0%2Bb", api({ chart: "alpha", version: "1.0.0+b" })],
    ["/api/stable/charts/alpha/1.0.0/templates", unknown],
    ["/api/stable/charts/", unknown],
    ["/api/stable/charts/a%2Fb", unknown],
    ["/api/stable", unknown],
    ["/api/stable/prov", unknown],
    ["/api/stable@upstream/charts", unknown],
    ["/api/stable@old/charts", noView("old")],
    ["/api/nobody/charts", { kind: "unknown", name: "nobody" }],
    ["/api/charts", { kind: "unknown", name: "charts" }],
    ["/api", { kind: "unknown", name: "api" }],
    ["/api/", { kind: "unknown", name: "api" }],
  ])("%s is a path of ChartMuseum's API", ([path, target]) => {
    expect(resolvePath(pathOf(path), config)).toEqual(target);
  });

  test.for<[string, Target]>([
    ["/", { kind: "front" }],
    ["/index.yaml", index(current)],
    ["/history.json", { kind: "history", repository: "stable" }],
    ["/@latest/index.yaml", index(latest)],
    ["/@2026-08-01/alpha/index.yaml", index(day, "alpha")],
    ["/@upstream/index.yaml", { kind: "upstream-index", repository: "stable" }],
    ["/@old/index.yaml", noView("old")],
    ["/alpha/index.yaml", index(current, "alpha")],
    ["/alpha/", chartPage("alpha")],
    ["/alpha", slashless("alpha")],
    [`/charts/${digest}/a-1.0.0.tgz`, archive],
    [`/alpha/charts/${digest}/a-1.0.0.tgz`, archive],
    ["/artifacthub-repo.yml", smallFile],
    ["/a-1.0.0.tgz", file("a-1.0.0.tgz")],
    ["/alpha/a-1.0.0.tgz", file("a-1.0.0.tgz", current, "alpha")],
    ["/alpha@latest/index.yaml", index(current, "alpha@latest")],
    ["/api/charts", api()],
    ["/api/charts/alpha/1.0.0", api({ chart: "alpha", version: "1.0.0" })],
    ["/api/stable/charts", api()],
    ["/api/@latest/charts/alpha", api({ view: latest, chart: "alpha" })],
    ["/second/index.yaml", index(current, undefined, "second")],
    ["/second/", { kind: "repository", repository: "second" }],
    ["/stable/index.yaml", index(current)],
    ["/index.yaml/", chartPage("index.yaml")],
    ["/a/b/c/d", { kind: "unknown", name: "a" }],
    ["/health", { kind: "health" }],
  ])("%s where stable is the root repository", ([path, target]) => {
    expect(resolvePath(pathOf(path), rooted)).toEqual(target);
  });

  test("/health is a repository's page where one is called that", () => {
    const named = { repositories: { health: repositoryConfig() } };
    expect(resolvePath("/health", named)).toEqual({ kind: "slash-missing", repository: "health" });
  });
});
