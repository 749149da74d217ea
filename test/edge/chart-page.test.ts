import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { shownVersions } from "../../src/edge/shown-versions.ts";
import { edgeUnderTest } from "../support/edge-under-test.ts";
import { storeRepository } from "../support/stored-repository.ts";
import { counting } from "../support/watched-stores.ts";

const many = Array.from({ length: 300 }, (_, minor) => `1.${300 - minor}.0`);
const { charts } = await storeRepository({ kv: env.KV, bucket: env.BUCKET }, "stable", {
  alpha: { versions: many, description: "Many." },
  Beta: { versions: ["1.0.0+b1"] },
  "<b>": { versions: ["1.0.0"] },
});
const edge = edgeUnderTest();

describe("the page of a chart", () => {
  test("shows its newest versions, with links that lead to their archives", async () => {
    const response = await edge.request("/stable/alpha/");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await response.text();
    expect(html).toContain("helm repo add alpha https://charts.example/stable/alpha");
    expect(html).toContain("helm pull oci://charts.example/stable/alpha");
    expect(html).toContain("100 older ones");
    const [link] = /\.\.\/charts\/[^"]+/.exec(html) ?? [""];
    const archive = await edge.request(new URL(link, "https://charts.example/stable/alpha/").pathname);
    expect(await archive.bytes()).toEqual(charts["alpha"]?.[0]?.archive);
  });

  test("offers no registry's name where there can be none, and takes no markup from a name", async () => {
    expect(await (await edge.request("/stable/Beta/")).text()).not.toContain("oci://");
    const html = await (await edge.request("/stable/%3Cb%3E/")).text();
    expect(html).toContain("&lt;b&gt;");
    expect(html).not.toContain("<b>");
  });

  test("is a 404 that names charts that are close, where there is no such chart", async () => {
    const response = await edge.request("/stable/alph/");
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("alpha");
  });

  test("reads no more of a chart's lines than it shows", async () => {
    const log: string[] = [];
    const counted = edgeUnderTest({ bucket: counting(env.BUCKET, log), kv: counting(env.KV, log) });
    await counted.request("/stable/alpha/");
    expect(log.filter((line) => line.endsWith("index.json"))).toHaveLength(1);
  });

  test("leaves out a line that is cut off, and what is no line", () => {
    const line = JSON.stringify({
      version: "2.0.0",
      urls: ["charts/a/b.tgz"],
      appVersion: 7,
      deprecated: true,
    });
    expect(shownVersions(`${line},\nnull,\n{"version":"1.0.0","ur`)).toEqual([
      { version: "2.0.0", path: "charts/a/b.tgz", deprecated: true },
    ]);
  });
});
