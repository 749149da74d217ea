import { describe, expect, test } from "vitest";
import { ask, askForToken, bearer, errorOf } from "../support/registry/asking.ts";
import { refused } from "../support/registry/errors.ts";
import { mediaTypes } from "../support/registry/media-types.ts";
import { presets } from "../support/registry/presets.ts";
import { publishWeb, webArchive, webBlob, webTags, withWebChart } from "../support/registry/web-chart.ts";
import { firstTimes, rateLimited, wrongBytes } from "../support/upstream/faults.ts";

test("blobs are redirected to where Authorization, HEAD and another signature are refused", async () => {
  let now = 0;
  await using registry = await withWebChart({ blobs: "redirect", clock: () => now });
  const answer = await ask(registry, webBlob);
  expect(answer.status).toBe(307);
  const url = answer.headers.get("location") ?? "";
  expect(new URL(url).origin).not.toBe(registry.url);
  const headers = { authorization: "Bearer secret" };
  expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(webArchive);
  expect((await fetch(url, { headers })).status).toBe(400);
  expect((await fetch(url, { method: "HEAD" })).status).toBe(403);
  expect((await fetch(`${url}0`)).status).toBe(403);
  now = 300_000;
  expect((await fetch(url)).status).toBe(403);
  expect(registry.requestsFor("storage").map(({ authorized, status }) => [authorized, status])).toEqual([
    [false, 200],
    [true, 400],
    [false, 403],
    [false, 403],
    [false, 403],
  ]);
  expect((await ask(registry, webBlob, { method: "HEAD" })).headers.get("content-length")).toBe(
    String(webArchive.byteLength),
  );
});

describe("the limit on manifests", () => {
  test("counts GETs, leaves HEADs alone, says when to come back, and passes", async () => {
    let now = 0;
    await using registry = await withWebChart({ manifestLimit: { gets: 2, seconds: 60 }, clock: () => now });
    const manifest = "/v2/charts/web/manifests/1.0.0";
    for (const left of [1, 0]) {
      const answer = await ask(registry, manifest);
      expect([answer.status, answer.headers.get("ratelimit-remaining")]).toEqual([200, `${left};w=60`]);
    }
    now = 20_000;
    const refusal = await ask(registry, manifest);
    expect(refusal.headers.get("retry-after")).toBe("40");
    expect(await errorOf(refusal)).toEqual([429, "TOOMANYREQUESTS"]);
    expect((await ask(registry, manifest, { method: "HEAD" })).status).toBe(200);
    now = 60_000;
    expect((await ask(registry, manifest)).status).toBe(200);
  });
});

describe("what belongs to a chart", () => {
  const artifact = { artifactType: "application/vnd.example.report", bytes: "fine" };

  test("is found by subject and filtered by type", async () => {
    await using registry = await withWebChart({});
    const manifestDigest = await publishWeb(registry, "charts/web", "2.0.0");
    const { digest, tag } = registry.attach("charts/web", manifestDigest, artifact);
    expect(tag).toBe("");
    const referrers = `/v2/charts/web/referrers/${manifestDigest}`;
    const answer = await ask(registry, `${referrers}?artifactType=${artifact.artifactType}`);
    expect(answer.headers.get("content-type")).toBe(mediaTypes.index);
    expect(answer.headers.get("oci-filters-applied")).toBe("artifactType");
    const { artifactType } = artifact;
    expect(await answer.json()).toMatchObject({ schemaVersion: 2, manifests: [{ digest, artifactType }] });
    expect(await (await ask(registry, `${referrers}?artifactType=other`)).json()).toMatchObject({
      manifests: [],
    });
  });

  test("is listed under the fallback tag where referrers lead to a page", async () => {
    await using registry = await withWebChart({ referrers: "broken" });
    const manifestDigest = await publishWeb(registry, "charts/web", "2.0.0");
    const { digest, tag } = registry.attach("charts/web", manifestDigest, artifact);
    expect(tag).toBe(manifestDigest.replace(":", "-"));
    const index = await ask(registry, `/v2/charts/web/manifests/${tag}`);
    expect(await index.json()).toMatchObject({ manifests: [{ digest }] });
    const answer = await ask(registry, `/v2/charts/web/referrers/${manifestDigest}`);
    expect(answer.status).toBe(303);
    expect((await fetch(answer.headers.get("location") ?? "")).status).toBe(429);
  });

  test.each(["sig", "att", "sbom"] as const)("has a tag of cosign's for .%s", async (kind) => {
    await using registry = await withWebChart({});
    const manifestDigest = await publishWeb(registry, "charts/web", "2.0.0");
    const { digest, tag } = registry.sign("charts/web", manifestDigest, kind);
    expect(tag).toMatch(new RegExp(`^sha256-[0-9a-f]{64}\\.${kind}$`));
    const head = await ask(registry, `/v2/charts/web/manifests/${tag}`, { method: "HEAD" });
    expect(head.headers.get("docker-content-digest")).toBe(digest);
  });

  test("may be an index around it, or a layer of the old type", async () => {
    await using registry = await withWebChart({});
    const chart = { name: "web", version: "3.0.0+1", archive: webArchive, asIndex: true, legacyLayer: true };
    const { manifestDigest, taggedDigest, archiveDigest } = await registry.publish("charts/web", chart);
    const index = await ask(registry, "/v2/charts/web/manifests/3.0.0_1");
    expect(index.headers.get("docker-content-digest")).toBe(taggedDigest);
    expect(await index.json()).toMatchObject({ manifests: [{ digest: manifestDigest }] });
    const manifest = await ask(registry, `/v2/charts/web/manifests/${manifestDigest}`);
    expect(await manifest.json()).toMatchObject({
      layers: [{ mediaType: mediaTypes.legacyChart, digest: archiveDigest }],
    });
  });
});

describe("outages", () => {
  test("are faults by path, at every origin", async () => {
    await using registry = await withWebChart({
      ...presets.dockerHub,
      auth: { kind: "token", service: "origin" },
    });
    registry.fault(/^token$/, firstTimes(1, rateLimited(7)));
    registry.fault(/^storage\//, wrongBytes());
    registry.fault(/\/tags\/list$/, refused("TOOMANYREQUESTS", { "retry-after": "3" }));
    expect(await errorOf(await ask(registry, webTags))).toEqual([429, "TOOMANYREQUESTS"]);
    expect((await askForToken(registry, webBlob)).headers.get("retry-after")).toBe("7");
    const headers = await bearer(await askForToken(registry, webBlob));
    const { headers: said } = await ask(registry, webBlob, { headers });
    const bytes = new Uint8Array(await (await fetch(said.get("location") ?? "")).arrayBuffer());
    expect(bytes).toHaveLength(webArchive.byteLength);
    expect(bytes).not.toEqual(webArchive);
    registry.clearFaults();
    expect((await ask(registry, webTags, { headers })).status).toBe(200);
    expect(registry.requestsFor("tags").map(({ status }) => status)).toEqual([429, 200]);
    registry.forgetRequests();
    expect(registry.requests).toEqual([]);
  });

  test("end at the address where they began, with everything still there", async () => {
    await using registry = await withWebChart({});
    const { url } = registry;
    await registry.close();
    await expect(ask(registry, webTags)).rejects.toThrow("fetch failed");
    await registry.listen();
    expect(registry.url).toBe(url);
    const digest = registry.content.find("charts/web")?.tags.get("1.0.0") ?? "";
    registry.putTag("charts/web", "latest", digest);
    registry.deleteTag("charts/web", "1.0.0");
    expect(await (await ask(registry, webTags)).json()).toMatchObject({ tags: ["latest"] });
  });
});
