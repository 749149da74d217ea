import { describe, expect, test } from "vitest";
import { RegistryTokens } from "../../src/upstream/registry-tokens.ts";
import { FakeNetwork, TokenGuard, allOf, challenge, error, host, open, realm } from "./fake-registry.ts";
import { listing, pathOf } from "./guarded-registry.ts";

describe("credentials", () => {
  const secret = "jürgen:pass:wörd";
  const basic = `Basic ${new TextEncoder().encode(secret).toBase64()}`;
  const source = { credentials: "REGISTRY" };
  const basicRegistry = () =>
    new FakeNetwork(
      ({ authorization }) =>
        authorization === basic
          ? undefined
          : error(401, "UNAUTHORIZED", "no", { "www-authenticate": 'Basic realm="x"' }),
      listing("a"),
      listing("b"),
    );

  test("go to the registry where it wants Basic, at once from the second request on", async () => {
    const network = basicRegistry();
    const { registry } = open(network, { source, secret: `${secret}\n` });
    await allOf(registry.tags("a"));
    await allOf(registry.tags("b"));
    expect(network.log()).toEqual([
      `GET ${pathOf("a")}`,
      `GET ${pathOf("a")} ${basic}`,
      `GET ${pathOf("b")} ${basic}`,
    ]);
  });

  test.each([
    ["missing", {}, 1],
    ["wrong", { source, secret: "jürgen:x" }, 2],
  ])("that are %s are unauthorized", async (_name, more, requests) => {
    const network = basicRegistry();
    await expect(allOf(open(network, more).registry.tags("a"))).rejects.toMatchObject({
      code: "unauthorized",
    });
    expect(network.log()).toHaveLength(requests);
  });

  test("go to the realm that the registry named, on whatever host, and not to the registry", async () => {
    const guard = new TokenGuard({ now: () => 0 });
    const network = new FakeNetwork(...guard.handlers, listing("a"));
    await allOf(open(network, { source, secret }).registry.tags("a"));
    expect(network.log()).toEqual([
      `GET ${pathOf("a")}`,
      `GET ${realm} ${basic}`,
      `GET ${pathOf("a")} Bearer t1`,
    ]);
  });

  test("go nowhere that a redirect leads: neither to another registry, nor to the realm that it names", async () => {
    const other = "https://other.example.com";
    const network = new FakeNetwork(
      ({ url }) => (url.origin === host ? Response.redirect(`${other}${url.pathname}`, 307) : undefined),
      () => error(401, "UNAUTHORIZED", "no", { "www-authenticate": challenge() }),
    );
    await expect(allOf(open(network, { source, secret }).registry.tags("a"))).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(`${host} redirects there`),
    });
    expect(network.log()).toEqual([`GET ${pathOf("a")}`, `GET ${other}${pathOf("a")}`]);
  });

  test("do not follow a redirect of the token service", async () => {
    const network = new FakeNetwork(
      ({ url }) =>
        url.href.startsWith(realm) ? Response.redirect("https://elsewhere.example.com/", 302) : undefined,
      ({ url, authorization }) =>
        url.origin === host && authorization === null
          ? error(401, "UNAUTHORIZED", "no", { "www-authenticate": challenge() })
          : undefined,
      ({ url }) => (url.origin === host ? undefined : Response.json({ token: "t1" })),
      listing("a"),
    );
    await allOf(open(network, { source, secret }).registry.tags("a"));
    expect(network.log()).toEqual([
      `GET ${pathOf("a")}`,
      `GET ${realm} ${basic}`,
      "GET https://elsewhere.example.com/",
      `GET ${pathOf("a")} Bearer t1`,
    ]);
  });

  test("bring no tokens to a source of the same registry that has none", async () => {
    const tokens = new RegistryTokens(() => 0);
    const guard = new TokenGuard({ now: () => 0 });
    const network = new FakeNetwork(...guard.handlers, listing("a"));
    await allOf(open(network, { source, secret, tokens }).registry.tags("a"));
    network.log();
    await allOf(open(network, { tokens }).registry.tags("a"));
    expect(network.log()).toEqual([`GET ${pathOf("a")}`, `GET ${realm}`, `GET ${pathOf("a")} Bearer t2`]);
  });

  test.each([
    ["not set", undefined, "the secret REGISTRY is not set"],
    ["no pair", "a-token-alone", "the secret REGISTRY is not of the form user:password"],
  ])(
    "whose secret is %s end every call before any request, and say what to do",
    async (_name, value, told) => {
      const network = basicRegistry();
      const { registry } = open(network, { source, ...(value === undefined ? {} : { secret: value }) });
      const address = {
        source: "oci://registry.example.com/charts",
        url: `oci://registry.example.com/charts/a@sha256:${"a".repeat(64)}`,
        provenance: "b".repeat(64),
      };
      const calls = [
        allOf(registry.tags("a")),
        allOf(registry.catalog()),
        registry.probe("a", "1"),
        registry.manifest("a", "1"),
        registry.blob("a", { digest: "a".repeat(64), size: 1 }, 10),
        registry.referrers("a", "a".repeat(64)),
        registry.archive(address, () => Promise.resolve()),
        registry.provenance(address),
      ];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "unauthorized" } });
        const message = outcome.status === "rejected" ? String(outcome.reason) : "";
        expect(message).toContain(told);
        expect(message).toContain('"npx wrangler secret put REGISTRY"');
        expect(message).not.toContain("a-token-alone");
      }
      expect(network.log()).toEqual([]);
    },
  );

  test("and tokens are in no message, even where the other side repeats them", async () => {
    const password = "pass:wörd";
    const echoes = [basic, `so ${password}!`, "Bearer secret-token", basic.slice("Basic ".length)];
    for (const echo of echoes) {
      const registryEchoes = new FakeNetwork(
        ({ url }) => (url.href.startsWith(realm) ? Response.json({ token: "secret-token" }) : undefined),
        () => error(401, "UNAUTHORIZED", echo, { "www-authenticate": challenge() }),
      );
      const serviceEchoes = new FakeNetwork(
        ({ url }) => (url.href.startsWith(realm) ? error(403, "DENIED", echo) : undefined),
        () => error(401, "UNAUTHORIZED", "no", { "www-authenticate": challenge() }),
      );
      for (const network of [registryEchoes, serviceEchoes]) {
        if (network === serviceEchoes && echo.includes("secret-token")) continue; // it never had that one
        const failed: unknown = await allOf(open(network, { source, secret }).registry.tags("a")).catch(
          (reason: unknown) => reason,
        );
        expect(String(failed)).toMatch(/status 40[13]/);
        for (const hidden of [password, "secret-token", basic.slice("Basic ".length)]) {
          expect(String(failed)).not.toContain(hidden);
        }
      }
    }
  });
});
