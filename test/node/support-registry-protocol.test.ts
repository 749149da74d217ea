import { describe, expect, test } from "vitest";
import { sha256 } from "../support/published-charts.ts";
import { ask, errorOf, tagsIn } from "../support/registry/asking.ts";
import type { RegistryOptions } from "../support/registry/options.ts";
import { presets } from "../support/registry/presets.ts";
import { publishWeb, webArchive, webBlob, webTags, withWebChart } from "../support/registry/web-chart.ts";

describe("listings", () => {
  const versions = ["1.0.0", "1.1.0", "10.0.0", "2.0.0", "2.0.0-rc.1"];

  test.each<[string, RegistryOptions, string, string[], string | RegExp | null]>([
    ["whole unless asked otherwise", {}, "", versions, null],
    ["by n", {}, "?n=2", ["1.0.0", "1.1.0"], `<${webTags}?last=1.1.0&n=2>; rel="next"`],
    ["behind last", {}, "?n=2&last=1.1.0", ["10.0.0", "2.0.0"], `<${webTags}?last=2.0.0&n=2>; rel="next"`],
    ["behind a last that is no tag", {}, "?last=1.2.0", ["10.0.0", "2.0.0", "2.0.0-rc.1"], null],
    ["no page after the last one", {}, "?n=3&last=1.1.0", ["10.0.0", "2.0.0", "2.0.0-rc.1"], null],
    ["nothing for n=0, and no next page", {}, "?n=0", [], null],
    ["a default that a larger n overrides", { pageSize: { default: 2 } }, "?n=9", versions, null],
    ["the default", { pageSize: { default: 1 } }, "", ["1.0.0"], /last=1\.0\.0&n=1>/],
    ["clamped", { pageSize: { maximum: 1 } }, "?n=9", ["1.0.0"], /last=1\.0\.0&n=1>/],
    ["absolute links", { link: "absolute" }, "?n=1", ["1.0.0"], /^<http:\/\/127\.0\.0\.1:\d+\/v2\/.*n=1>/],
    ["opaque links", { link: "opaque" }, "?n=1&last=1.1.0", ["1.0.0"], /list\?next_page=[^&]*%2F[^&]*&n=1>/],
  ])("%s", async (_, options, query, listed, link) => {
    await using registry = await withWebChart(options, versions);
    const answer = await ask(registry, webTags + query);
    expect(await answer.json()).toEqual({ name: "charts/web", tags: listed });
    if (link instanceof RegExp) expect(answer.headers.get("link")).toMatch(link);
    else expect(answer.headers.get("link")).toBe(link);
  });

  test.each(["relative", "absolute", "opaque"] as const)("%s links lead through all pages", async (link) => {
    await using registry = await withWebChart({ link, pageSize: { default: 2 } }, versions);
    const seen: string[] = [];
    for (let next: string | undefined = webTags; next !== undefined;) {
      const answer = await ask(registry, next);
      seen.push(...(await tagsIn(answer)));
      next = /^<([^>]+)>/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(seen).toEqual(versions);
    expect(registry.requestsFor("tags", "charts/web")).toHaveLength(3);
  });

  test("the catalog is paged too, and not everywhere served", async () => {
    await using registry = await withWebChart({});
    await publishWeb(registry, "more/web", "1.0.0");
    const answer = await ask(registry, "/v2/_catalog?n=1");
    expect(await answer.json()).toEqual({ repositories: ["charts/web"] });
    expect(answer.headers.get("link")).toBe('</v2/_catalog?last=charts%2Fweb&n=1>; rel="next"');
    registry.settings.catalog = "off";
    expect((await ask(registry, "/v2/_catalog")).status).toBe(404);
  });
});

describe("errors", () => {
  const nothing = `sha256:${"0".repeat(64)}`;
  test.each<[string, number, string, RegistryOptions?]>([
    ["/v2/charts/none/tags/list", 404, "NAME_UNKNOWN"],
    ["/v2/charts/none/tags/list", 403, "DENIED", { unknownPackage: 403 }],
    ["/v2/charts/web/manifests/9.9.9", 404, "MANIFEST_UNKNOWN"],
    ["/v2/charts/web/manifests/1.0.0", 404, "MANIFEST_UNKNOWN", { accept: "exact" }],
    [`/v2/charts/web/blobs/${nothing}`, 404, "BLOB_UNKNOWN"],
    ["/v2/charts/web/blobs/sha256:aa", 400, "DIGEST_INVALID"],
    ["/v2/charts/web/referrers/sha256:aa", 400, "DIGEST_INVALID"],
    [`/v2/charts/web/referrers/${nothing}`, 404, "UNSUPPORTED", { referrers: "off" }],
    [`${webTags}?n=1001`, 400, "PAGINATION_NUMBER_INVALID", { ...presets.ecr, auth: { kind: "none" } }],
    [webTags, 401, "UNAUTHORIZED", presets.ghcr],
    ["/v2/", 401, "UNAUTHORIZED", { auth: { kind: "basic", user: "a", password: "b" } }],
  ])("%s is %i %s", async (path, status, code, options = {}) => {
    await using registry = await withWebChart(options);
    expect(await errorOf(await ask(registry, path))).toEqual([status, code]);
  });
});

describe("blobs", () => {
  test.each([
    [undefined, 200, 0, undefined],
    ["bytes=0-9", 206, 0, 10],
    ["bytes=10-", 206, 10, undefined],
    ["bytes=-10", 206, -10, undefined],
    ["bytes=999999-", 416, 0, 0],
  ])("come in ranges: %s is %i", async (range, status, from, to) => {
    await using registry = await withWebChart({});
    const answer = await ask(registry, webBlob, range === undefined ? {} : { headers: { range } });
    expect(answer.status).toBe(status);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(webArchive.slice(from, to));
  });
});

describe("pushes", () => {
  const uploads = "/v2/charts/web/blobs/uploads/";
  const bytes = "0123456789";
  const digest = `sha256:${sha256(bytes)}`;

  test.each<[string, string, [method: string, query: string, body: string, range?: string][], number[]]>([
    ["at once", `${uploads}?digest=${digest}`, [], [201]],
    ["by POST and PUT", uploads, [["PUT", `?digest=${digest}`, bytes]], [202, 201]],
    [
      "in chunks",
      uploads,
      [
        ["PATCH", "", "01234", "0-4"],
        ["PUT", `?digest=${digest}`, "56789"],
      ],
      [202, 202, 201],
    ],
    ["with a chunk missing", uploads, [["PATCH", "", "56789", "5-9"]], [202, 416]],
    ["with another digest", uploads, [["PUT", `?digest=${digest}`, "other"]], [202, 400]],
    ["cross-mounted", `${uploads}?mount=${digest}&from=charts/other`, [], [202]],
  ])("take a blob %s", async (_, path, steps, statuses) => {
    await using registry = await withWebChart({});
    const first = await ask(registry, path, { method: "POST", body: path.includes("?digest") ? bytes : "" });
    const seen = [first.status];
    for (const [method, query, body, range] of steps) {
      const headers: Record<string, string> = range === undefined ? {} : { "content-range": range };
      const to = (first.headers.get("location") ?? "") + query;
      seen.push((await ask(registry, to, { method, body, headers })).status);
    }
    expect(seen).toEqual(statuses);
    const kept = (await ask(registry, `/v2/charts/web/blobs/${digest}`)).status;
    expect(kept).toBe(statuses.at(-1) === 201 ? 200 : 404);
  });

  test("of manifests are refused where a blob lacks; deleting a tag leaves the manifest", async () => {
    await using registry = await withWebChart({});
    const manifest = await ask(registry, "/v2/charts/web/manifests/1.0.0");
    const type = manifest.headers.get("content-type") ?? "";
    const put = { method: "PUT", body: await manifest.text(), headers: { "content-type": type } };
    expect(await errorOf(await ask(registry, "/v2/charts/else/manifests/1.0.0", put))).toEqual([
      404,
      "MANIFEST_BLOB_UNKNOWN",
    ]);
    expect((await ask(registry, "/v2/charts/web/manifests/again", put)).status).toBe(201);
    for (const tag of ["again", "1.0.0"]) {
      expect((await ask(registry, `/v2/charts/web/manifests/${tag}`, { method: "DELETE" })).status).toBe(202);
    }
    expect(await (await ask(registry, webTags)).json()).toMatchObject({ tags: [] });
    const kept = manifest.headers.get("docker-content-digest") ?? "";
    expect((await ask(registry, `/v2/charts/web/manifests/${kept}`)).status).toBe(200);
  });
});
