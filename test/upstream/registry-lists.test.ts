import { describe, expect, test } from "vitest";
import { ociIndexType, ociManifestType } from "../../src/oci/media-types.ts";
import { FakeNetwork, allOf, at, error, host, open } from "./fake-registry.ts";

const tagsPath = "/v2/charts/podinfo/tags/list";
const next = (reference: string): Record<string, string> => ({ link: `<${reference}>; rel="next"` });

/** Answers with two pages, the first of which leads to the second by this link. */
const twoPages = (link: string) =>
  new FakeNetwork(
    ({ url }) => (url.search.includes("n=1000") ? undefined : Response.json({ tags: ["2"] })),
    () => Response.json({ tags: ["1"] }, { headers: next(link) }),
  );

describe("the tags of a chart", () => {
  test.each([
    ["a relative link", `${tagsPath}?last=1&n=2`],
    ["an absolute link", `${host}${tagsPath}?last=1`],
    ["a link whose query only the registry understands", "?next_page=gAAAAABk%3D%3D"],
    ["a link to another path of its own", "/another/path"],
  ])("are read to the end by %s", async (_name, link) => {
    const network = twoPages(link);
    expect(await allOf(open(network).registry.tags("podinfo"))).toEqual(["1", "2"]);
    expect(network.asked[0]?.url.href).toBe(`${host}${tagsPath}?n=1000`);
    expect(network.asked[1]?.url.href).toBe(new URL(link, network.asked[0]?.url.href).href);
  });

  test.each([
    ["another host", "https://other.example.com/x", "forbidden-address"],
    ["another port", `${host}:8443/x`, "forbidden-address"],
    ["plain http", "http://registry.example.com/x", "forbidden-address"],
    ["itself", "?n=1000", "malformed-answer"],
    ["nowhere", "https://:0:0", "malformed-answer"],
    ["an endless address", `?${"x".repeat(5000)}`, "malformed-answer"],
  ])("end where a link leads to %s", async (_name, link, code) => {
    const network = twoPages(link);
    await expect(allOf(open(network).registry.tags("podinfo"))).rejects.toMatchObject({ code });
    expect(network.log()).toHaveLength(1);
  });

  test("end where the pages go round", async () => {
    let page = 0;
    const network = new FakeNetwork(() => {
      page = (page % 3) + 1;
      return Response.json({ tags: [] }, { headers: next(`?page=${page}`) });
    });
    await expect(allOf(open(network).registry.tags("podinfo"))).rejects.toMatchObject({
      code: "malformed-answer",
    });
    expect(network.log()).toHaveLength(4);
  });

  test("end after a thousand pages", async () => {
    let page = 0;
    const network = new FakeNetwork(() => {
      page += 1;
      return Response.json({ tags: [] }, { headers: next(`?page=${page}`) });
    });
    await expect(allOf(open(network).registry.tags("podinfo"))).rejects.toMatchObject({
      code: "malformed-answer",
    });
    expect(network.log()).toHaveLength(1000);
  });

  test.each([
    ["none", { name: "x", tags: null }, []],
    [
      "no more than tags",
      { tags: ["1.0.0_b", 5, null, "a/b", "", "../x", "x".repeat(129), "latest"] },
      ["1.0.0_b", "latest"],
    ],
  ])("may be %s", async (_name, document, expected) => {
    const network = new FakeNetwork(() => Response.json(document));
    expect(await allOf(open(network).registry.tags("podinfo"))).toEqual(expected);
  });

  test.each([
    ["a page", () => new Response("<html>"), "malformed-answer"],
    ["no list", () => Response.json({ tags: "1.0.0" }), "malformed-answer"],
    ["another document", () => Response.json({ repositories: [] }), "malformed-answer"],
    ["no object", () => Response.json(null), "malformed-answer"],
    ["an endless page", () => new Response(new Uint8Array(4 * 1024 * 1024 + 1)), "too-large"],
    ["404", () => error(404, "NAME_UNKNOWN"), "not-found"],
    ["403", () => error(403, "DENIED"), "refused"],
    ["401 without a challenge", () => error(401, "UNAUTHORIZED"), "unauthorized"],
    ["429", () => error(429, "TOOMANYREQUESTS"), "rate-limited"],
    ["500", () => error(500, "UNKNOWN"), "http-status"],
    ["206", () => new Response("{}", { status: 206 }), "http-status"],
  ])("are an error where the registry answers with %s", async (_name, answer, code) => {
    const network = new FakeNetwork(answer);
    await expect(allOf(open(network).registry.tags("podinfo"))).rejects.toMatchObject({ code });
    expect(network.log()).toHaveLength(1);
  });

  test("are asked again when Retry-After says", async () => {
    const network = new FakeNetwork(() => error(429, "TOOMANYREQUESTS", "slow", { "retry-after": "42" }));
    await expect(allOf(open(network).registry.tags("podinfo"))).rejects.toMatchObject({ retryAfter: 42 });
  });

  test.each(["Upper", "../../_catalog", "a?b", "a#b", "", "a//b", "x@y", "a b"])(
    "are not asked for where %j cannot be a repository",
    async (chart) => {
      const network = new FakeNetwork();
      await expect(allOf(open(network).registry.tags(chart))).rejects.toMatchObject({ code: "not-found" });
      expect(network.log()).toEqual([]);
    },
  );
});

describe("a registry that refuses pages of a thousand", () => {
  const refusingSize = (answer: () => Response) =>
    new FakeNetwork(
      ({ url }) => (url.searchParams.has("n") ? error(400, "PAGINATION_NUMBER_INVALID") : undefined),
      answer,
    );

  test("is asked for a chart's tags again, in pages of its own size", async () => {
    const network = refusingSize(() => Response.json({ tags: ["1"] }));
    expect(await allOf(open(network).registry.tags("podinfo"))).toEqual(["1"]);
    expect(network.asked.map(({ url }) => url.href)).toEqual([
      `${host}${tagsPath}?n=1000`,
      `${host}${tagsPath}`,
    ]);
  });

  test("is asked for its catalogue again, in pages of its own size", async () => {
    const network = refusingSize(() => Response.json({ repositories: ["charts/a"] }));
    expect(await allOf(open(network).registry.catalog())).toEqual(["a"]);
    expect(network.asked.map(({ url }) => url.href)).toEqual([
      `${host}/v2/_catalog?n=1000`,
      `${host}/v2/_catalog`,
    ]);
  });

  test("is not asked a third time", async () => {
    const network = new FakeNetwork(() => error(400, "UNSUPPORTED"));
    await expect(allOf(open(network).registry.tags("podinfo"))).rejects.toMatchObject({ code: "refused" });
    expect(network.log()).toHaveLength(2);
  });
});

describe("a refusal", () => {
  const messageOf = async (answer: Response): Promise<string> => {
    const failing = allOf(open(new FakeNetwork(() => answer)).registry.tags("podinfo"));
    return String(await failing.catch((reason: unknown) => reason));
  };

  test("is told in the registry's words, in one line of bounded length, without a query", async () => {
    const message = await messageOf(error(403, "DENIED", `a\nb\u202Ec ${"x".repeat(5000)}`));
    expect(message).toMatch(
      /^UpstreamError: https:\/\/registry\.example\.com\/v2\/charts\/podinfo\/tags\/list: /,
    );
    expect(message).toMatch(/: status 403 \(DENIED: a b c x+\)$/);
    expect(message.length).toBeLessThan(400);
  });

  test.each([
    ["a page", () => new Response("<html>", { status: 403 })],
    ["no errors", () => Response.json({ errors: [] }, { status: 403 })],
    ["errors that are none", () => Response.json({ errors: [{ code: 5 }] }, { status: 403 })],
    ["an endless text", () => error(403, "DENIED", "x".repeat(10_000))],
    ["nothing", () => new Response(null, { status: 403 })],
  ])("is told by its status alone where the registry answers with %s", async (_name, answer) => {
    expect(await messageOf(answer())).toMatch(/tags\/list: status 403$/);
  });
});

describe("the catalog", () => {
  const repositories = [
    "charts/a",
    "charts/b",
    "charts/b/deeper",
    "chartsx/c",
    "other/d",
    "charts",
    "charts/",
    "charts/Upper",
    "e",
    5,
  ];

  test("has the names directly below the source's path, over all pages", async () => {
    const network = new FakeNetwork(
      ({ url }) => (url.search === "?last=x" ? Response.json({ repositories: ["charts/z"] }) : undefined),
      at("/v2/_catalog", () => Response.json({ repositories }, { headers: next("/v2/_catalog?last=x") })),
    );
    expect(await allOf(open(network).registry.catalog())).toEqual(["a", "b", "z"]);
    expect(network.asked[0]?.url.href).toBe(`${host}/v2/_catalog?n=1000`);
  });

  test("of a whole registry has the names without a path", async () => {
    const network = new FakeNetwork(() => Response.json({ repositories }));
    const source = { url: "oci://registry.example.com" };
    expect(await allOf(open(network, { source }).registry.catalog())).toEqual(["charts", "e"]);
  });

  test("that is not served, as GHCR's, is an error", async () => {
    await expect(allOf(open(new FakeNetwork()).registry.catalog())).rejects.toMatchObject({
      code: "not-found",
    });
  });
});

describe("what refers to a manifest", () => {
  const hex = "a".repeat(64);
  const descriptor = (letter: string) => ({
    mediaType: ociManifestType,
    digest: `sha256:${letter.repeat(64)}`,
    size: 7,
    artifactType: "x/y",
  });
  const index = (...letters: string[]) => ({
    schemaVersion: 2,
    mediaType: ociIndexType,
    manifests: letters.map(descriptor),
  });
  const answerWith = (document: unknown, headers: Record<string, string> = {}) =>
    Response.json(document, { headers: { "content-type": `${ociIndexType}; charset=utf-8`, ...headers } });

  test("is read over all pages", async () => {
    const network = new FakeNetwork(
      ({ url }) => (url.search === "?page=2" ? answerWith(index("c")) : undefined),
      at(`/v2/charts/podinfo/referrers/sha256:${hex}`, () =>
        answerWith(index("b"), { link: '<?page=2>; rel="next"' }),
      ),
    );
    const found = await open(network).registry.referrers("podinfo", hex);
    expect(found?.map(({ digest }) => digest)).toEqual(["b".repeat(64), "c".repeat(64)]);
  });

  test("may be nothing", async () => {
    const network = new FakeNetwork(() => answerWith(index()));
    expect(await open(network).registry.referrers("podinfo", hex)).toEqual([]);
  });

  test.each([
    ["404", () => error(404, "NOT_FOUND")],
    ["405", () => error(405, "UNSUPPORTED")],
    ["400", () => error(400, "UNSUPPORTED")],
    ["501", () => error(501, "UNSUPPORTED")],
    ["a page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["another document", () => Response.json({ errors: [] })],
    ["a manifest", () => answerWith({ schemaVersion: 2, config: {}, layers: [] })],
    ["no JSON", () => new Response("x", { headers: { "content-type": ociIndexType } })],
  ])("is unknown where the registry answers with %s", async (_name, answer) => {
    expect(await open(new FakeNetwork(answer)).registry.referrers("podinfo", hex)).toBeUndefined();
  });

  test("is unknown where the registry redirects to a page, as GHCR does; that is not asked for", async () => {
    const network = new FakeNetwork(
      ({ url }) => (url.origin === host ? Response.redirect("https://github.com/-/v2/x", 303) : undefined),
      () => error(429, "TOOMANYREQUESTS"),
    );
    expect(await open(network).registry.referrers("podinfo", hex)).toBeUndefined();
    expect(network.log()).toHaveLength(1);
  });

  test.each([
    [401, "unauthorized"],
    [403, "refused"],
    [429, "rate-limited"],
    [500, "http-status"],
  ])("is not unknown but an error where the registry answers with %i", async (status, code) => {
    const network = new FakeNetwork(() => error(status, "X"));
    await expect(open(network).registry.referrers("podinfo", hex)).rejects.toMatchObject({ code });
  });

  test("is read up to ten pages", async () => {
    let page = 0;
    const network = new FakeNetwork(() => {
      page += 1;
      return answerWith(index("b"), { link: `<?page=${page}>; rel="next"` });
    });
    expect(await open(network).registry.referrers("podinfo", hex)).toHaveLength(10);
    expect(network.log()).toHaveLength(10);
  });
});
