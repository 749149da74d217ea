import { describe, expect, test } from "vitest";
import { RegistryTokens } from "../../src/upstream/registry-tokens.ts";
import { FakeNetwork, allOf, at, challenge, error, host, open, realm } from "./fake-registry.ts";
import { pathOf, charts, guarded } from "./guarded-registry.ts";

describe("an anonymous token", () => {
  test("is fetched after the first 401, and the request made again: three requests, all counted", async () => {
    const { network, registry, meter } = guarded();
    expect(await allOf(registry.tags("a"))).toEqual(["1.0.0"]);
    const token = network.asked[1]?.url.searchParams;
    expect(token?.get("service")).toBe("registry.example.com");
    expect(token?.get("scope")).toBe("repository:charts/a:pull");
    expect(network.log()).toEqual([`GET ${pathOf("a")}`, `GET ${realm}`, `GET ${pathOf("a")} Bearer t1`]);
    expect(meter.used).toBe(3);
  });

  test("serves the whole registry where that accepts it, by later units of work as well", async () => {
    const { network, registry, tokens, now } = guarded();
    await allOf(registry.tags("a"));
    network.log();
    await allOf(registry.tags("b"));
    await allOf(open(network, { tokens, now }).registry.tags("c"));
    expect(network.log()).toEqual([`GET ${pathOf("b")} Bearer t1`, `GET ${pathOf("c")} Bearer t1`]);
  });

  test("is fetched for each repository once the registry refused another one's", async () => {
    const { network, registry } = guarded({ strict: true });
    await allOf(registry.tags("a"));
    network.log();
    await allOf(registry.tags("b"));
    expect(network.log()).toEqual([
      `GET ${pathOf("b")} Bearer t1`,
      `GET ${realm}`,
      `GET ${pathOf("b")} Bearer t2`,
    ]);
    await allOf(registry.tags("c"));
    await allOf(registry.tags("a"));
    expect(network.log()).toEqual([
      `GET ${realm}`,
      `GET ${pathOf("c")} Bearer t3`,
      `GET ${pathOf("a")} Bearer t1`,
    ]);
  });

  test.each([
    ["403", () => error(403, "DENIED")],
    // As Harbor does, though it wants a better token.
    ["a Basic challenge", () => error(401, "UNAUTHORIZED", "no", { "www-authenticate": "Basic realm=x" })],
  ])("is fetched anew where another repository's is refused with %s", async (_name, refusal) => {
    const { registry, guard } = guarded({ strict: true, refusal });
    await allOf(registry.tags("a"));
    expect(await allOf(registry.tags("b"))).toEqual(["1.0.0"]);
    expect(guard.issued).toBe(2);
  });

  test("is fetched once, however many requests wait for it", async () => {
    const { registry, guard, network, meter } = guarded();
    await Promise.all(charts.map(async () => await allOf(registry.tags("a"))));
    expect(guard.issued).toBe(1);
    expect(meter.used).toBe(13);
    network.log();
  });

  test("that came while a request without one was under way is used for that as well", async () => {
    const { guard, network, registry } = guarded();
    const { fetch } = network;
    const late = Promise.withResolvers<undefined>();
    let requests = 0;
    network.fetch = async (url, init) => {
      requests += 1;
      const isSecond = requests === 2;
      const answer = await fetch(url, init);
      if (isSecond) await late.promise;
      return answer;
    };
    const [first, second] = [allOf(registry.tags("a")), allOf(registry.tags("a"))];
    await first;
    expect(guard.issued).toBe(1);
    late.resolve(undefined);
    expect(await second).toEqual(["1.0.0"]);
    expect(guard.issued).toBe(1);
  });

  test("is not used beyond its time: a minute where the answer does not say", async () => {
    for (const [life, before, after] of [
      [undefined, 45, 61],
      [300, 280, 301],
      [100_000, 3500, 3601],
    ] as const) {
      const { clock, network, registry } = guarded(life === undefined ? {} : { life });
      await allOf(registry.tags("a"));
      const began = clock.now;
      network.log();
      clock.now = began + before * 1000;
      await allOf(registry.tags("a"));
      expect(network.log()).toEqual([`GET ${pathOf("a")} Bearer t1`]);
      clock.now = began + after * 1000;
      await allOf(registry.tags("a"));
      expect(network.log()).toEqual([`GET ${realm}`, `GET ${pathOf("a")} Bearer t2`]);
    }
  });

  test.each([
    ["401", undefined],
    ["ECR's 400 without a challenge", () => error(400, "DENIED", "Your authorization token has expired.")],
  ])("that is refused before its time is fetched anew: %s", async (_name, refusal) => {
    const { guard, network, registry } = guarded(refusal === undefined ? {} : { refusal });
    await allOf(registry.tags("a"));
    network.log();
    for (const chart of ["a", "b"]) {
      guard.revokeAll();
      expect(await allOf(registry.tags(chart))).toEqual(["1.0.0"]);
      expect(network.log()).toHaveLength(3);
    }
    // What another repository refuses by 401 may still be good for its own; by 400 it is good for none.
    await allOf(registry.tags("a"));
    expect(network.log()).toHaveLength(refusal === undefined ? 3 : 1);
  });

  test("is asked for in the scope of the challenge, also where another one was expected", async () => {
    const scopes: (string | null)[] = [];
    const wanted = "repository:charts/a:metadata_read";
    const network = new FakeNetwork(
      ({ url }) => {
        if (!url.href.startsWith(realm)) return undefined;
        scopes.push(url.searchParams.get("scope"));
        return Response.json({ access_token: scopes.at(-1) === wanted ? "good" : "bad", expires_in: 20 });
      },
      ({ authorization }) =>
        authorization === "Bearer good"
          ? Response.json({ tags: [] })
          : error(401, "UNAUTHORIZED", "no", { "www-authenticate": challenge(wanted) }),
    );
    const clock = { now: 0 };
    const { registry } = open(network, { now: () => clock.now });
    await allOf(registry.tags("a"));
    clock.now = 60_000;
    await allOf(registry.tags("a"));
    expect(scopes).toEqual([wanted, "repository:charts/a:pull", wanted]);
  });

  test("of the catalog is another one than those of repositories", async () => {
    const { network, registry } = guarded();
    network.handlers.push(at("/v2/_catalog", () => Response.json({ repositories: ["charts/a"] })));
    expect(await allOf(registry.catalog())).toEqual(["a"]);
    expect(network.asked[1]?.url.searchParams.get("scope")).toBe("registry:catalog:*");
    network.log();
    await allOf(registry.tags("a"));
    expect(network.log()).toEqual([`GET ${realm}`, `GET ${pathOf("a")} Bearer t2`]);
  });

  test("that does not help ends in unauthorized, after one more request", async () => {
    const network = new FakeNetwork(
      ({ url }) => (url.href.startsWith(realm) ? Response.json({ token: "useless" }) : undefined),
      () => error(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": challenge() }),
    );
    const { registry } = open(network);
    await expect(allOf(registry.tags("a"))).rejects.toMatchObject({
      code: "unauthorized",
      passes: "later",
      message: `${host}${pathOf("a")}: status 401 (UNAUTHORIZED: authentication required); it does not exist, or needs credentials, and this source has none`,
    });
    expect(network.log()).toHaveLength(3);
    await expect(allOf(registry.tags("a"))).rejects.toMatchObject({ code: "unauthorized" });
    expect(network.log()).toHaveLength(2);
  });
});

describe("a token service", () => {
  const serviceAnswering = (answer: () => Response) =>
    new FakeNetwork(
      ({ url }) => (url.href.startsWith(realm) ? answer() : undefined),
      () => error(401, "UNAUTHORIZED", "no", { "www-authenticate": challenge() }),
    );

  test.each([
    ["401", () => error(401, "UNAUTHORIZED"), "unauthorized", undefined],
    ["GHCR's 403 for what does not exist", () => error(403, "DENIED"), "refused", undefined],
    ["404", () => error(404, "NOT_FOUND"), "http-status", undefined],
    ["429", () => error(429, "TOOMANYREQUESTS", "", { "retry-after": "30" }), "rate-limited", 30],
    ["500", () => error(500, "UNKNOWN"), "http-status", undefined],
    ["a page", () => new Response("<html>"), "malformed-answer", undefined],
    ["no token", () => Response.json({}), "malformed-answer", undefined],
    ["a list", () => Response.json(["t"]), "malformed-answer", undefined],
    ["a token that is no text", () => Response.json({ token: 5 }), "malformed-answer", undefined],
    ["a token with a line's end", () => Response.json({ token: "a\r\nx: y" }), "malformed-answer", undefined],
    ["an endless answer", () => Response.json({ token: "x".repeat(70_000) }), "too-large", undefined],
  ])("that answers with %s", async (_name, answer, code, retryAfter) => {
    const { registry } = open(serviceAnswering(answer));
    await expect(allOf(registry.tags("a"))).rejects.toMatchObject({ code, retryAfter });
  });

  test.each([
    "https://169.254.169.254/token",
    "https://localhost/token",
    "http://auth.example.com/token",
    "ftp://auth.example.com/token",
    "https://user:password@auth.example.com/token",
    "/token",
    "",
  ])("at %j is not asked", async (place) => {
    const network = new FakeNetwork(() =>
      error(401, "UNAUTHORIZED", "no", { "www-authenticate": `Bearer realm="${place}"` }),
    );
    const { registry } = open(network);
    await expect(allOf(registry.tags("a"))).rejects.toMatchObject({ code: "forbidden-address" });
    expect(network.log()).toHaveLength(1);
  });

  test("may be on a private address and plain http where the registry is", async () => {
    const network = new FakeNetwork(
      ({ url }) => (url.pathname === "/token" ? Response.json({ token: "t" }) : undefined),
      ({ authorization }) =>
        authorization === null
          ? error(401, "UNAUTHORIZED", "no", { "www-authenticate": 'Bearer realm="http://10.0.0.2/token"' })
          : Response.json({ tags: ["1"] }),
    );
    const source = { url: "oci://10.0.0.1:5000/charts", plainHttp: true };
    expect(await allOf(open(network, { source }).registry.tags("a"))).toEqual(["1"]);
  });

  test("keeps what its realm's query says", async () => {
    const network = new FakeNetwork(
      ({ url }) => (url.pathname === "/token" ? Response.json({ token: "t" }) : undefined),
      ({ authorization }) =>
        authorization === null
          ? error(401, "UNAUTHORIZED", "no", { "www-authenticate": `Bearer realm="${realm}?tenant=1"` })
          : Response.json({ tags: [] }),
    );
    await allOf(open(network).registry.tags("a"));
    expect(network.asked[1]?.url.search).toBe("?tenant=1&scope=repository%3Acharts%2Fa%3Apull");
  });
});

test("of a registry with a token for each chart, the newest alone are kept", () => {
  const memory = new RegistryTokens(() => 0).of(host, undefined);
  for (let chart = 1; chart <= 1000; chart += 1) {
    memory.keep(`repository:${chart}:pull`, { value: `t${chart}`, expires: 1 });
  }
  expect(memory.held("repository:1000:pull")?.value).toBe("t1000");
  expect(memory.held("repository:940:pull")?.value).toBe("t940");
  expect(memory.held("repository:900:pull")).toBeUndefined();
});

test("no request is made beyond the budget, for a token neither", async () => {
  const { network, tokens, now } = guarded();
  const { registry, meter } = open(network, { tokens, now, requests: 1 });
  await expect(allOf(registry.tags("a"))).rejects.toMatchObject({ name: "BudgetSpent" });
  expect(meter.used).toBe(1);
});
