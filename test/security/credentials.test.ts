import { expect, test } from "vitest";
import { RequestMeter } from "../../src/upstream/bounded-fetch.ts";
import { MemoryGate } from "../../src/upstream/memory-gate.ts";
import { OciRegistry } from "../../src/upstream/oci-registry.ts";
import { RegistryTokens } from "../../src/upstream/registry-tokens.ts";
import { FakeNetwork, host, limits, realm, sourceOf } from "../upstream/fake-registry.ts";

// A registry, or whoever answers in its name, that wants the mirror's credentials to be sent to somebody else.

const thief = "https://thief.example";
const digest = "0".repeat(64);
const secret = "user:password";
const basic = `Basic ${btoa(secret)}`;

const drained = async (pages: AsyncIterable<unknown>): Promise<void> => {
  for await (const page of pages) void page;
};

/** Everything that is ever asked of a registry. */
const requests: Readonly<Record<string, (registry: OciRegistry) => Promise<unknown>>> = {
  "a list of tags": (registry) => drained(registry.tags("alpha")),
  "the catalogue": (registry) => drained(registry.catalog()),
  "a probe of a tag": (registry) => registry.probe("alpha", "1.0.0"),
  "a manifest": (registry) => registry.manifest("alpha", "1.0.0"),
  "a blob": (registry) => registry.blob("alpha", { digest, size: 1 }, 100),
  "what refers to a manifest": (registry) => registry.referrers("alpha", digest),
  "an archive": (registry) =>
    registry.archive({ url: `oci://registry.example.com/charts/alpha@sha256:${digest}`, source: "" }, () =>
      Promise.resolve(),
    ),
};

const redirect = (location: string, status = 307): Response =>
  new Response(null, { status, headers: { location } });

const unauthorized = (challenge: string): Response =>
  new Response(null, { status: 401, headers: { "www-authenticate": challenge } });

/** What the registry answers to who is authorized. */
const betrayals: Readonly<Record<string, (url: URL) => Response>> = {
  "a redirect to another host": ({ pathname }) => redirect(thief + pathname),
  "a redirect to another port of its own": ({ pathname }) => redirect(`${host}:8443${pathname}`),
  "a redirect away and back again": ({ pathname, searchParams }) =>
    searchParams.has("back") ? new Response(null, { status: 404 }) : redirect(`${thief}/back${pathname}`),
  "a next page on another host": () =>
    Response.json({ tags: [], repositories: [] }, { headers: { link: `<${thief}/next>; rel="next"` } }),
  "a name that only begins like its own": ({ pathname }) => redirect(`${host}.thief.example${pathname}`),
};

/** How it authenticates before. */
const schemes: Readonly<Record<string, string>> = {
  Basic: 'Basic realm="x"',
  Bearer: `Bearer realm="${realm}",service="x"`,
};

const cases = Object.keys(requests).flatMap((asked) =>
  Object.keys(betrayals).flatMap((betrayal) =>
    Object.keys(schemes).map((scheme) => [asked, betrayal, scheme] as const),
  ),
);

test.each(cases)("for %s, %s gets nobody the %s credentials", async (asked, betrayal, scheme) => {
  const network = new FakeNetwork(
    ({ url }) => (url.href.startsWith(realm) ? Response.json({ token: "token-of-ours" }) : undefined),
    ({ url, authorization }) => {
      if (url.origin !== host) return undefined;
      return authorization === null ? unauthorized(schemes[scheme] ?? "") : betrayals[betrayal]?.(url);
    },
    ({ url }) =>
      url.pathname.startsWith("/back") ? redirect(`${host}${url.pathname.slice(5)}?back=1`) : undefined,
    // And the thief asks for them, as if he was the registry.
    () => unauthorized(`Bearer realm="${thief}/token",service="x"`),
  );
  const registry = new OciRegistry({
    limits,
    fetch: network.fetch,
    now: () => 0,
    meter: new RequestMeter(100),
    gate: new MemoryGate(1_000_000),
    tokens: new RegistryTokens(() => 0),
    source: sourceOf({ credentials: "SECRET" }),
    secret,
  });
  await requests[asked]?.(registry).catch(() => undefined);
  const told = network.asked.filter(({ authorization }) => authorization !== null);
  expect(told.length).toBeGreaterThan(0); // it did authenticate, so there was something to steal
  const allowed = scheme === "Basic" ? [host] : [host, new URL(realm).origin];
  expect(told.map(({ url }) => url.origin).filter((origin) => !allowed.includes(origin))).toEqual([]);
  const passwords = told.filter(({ authorization }) => authorization === basic);
  expect(new Set(passwords.map(({ url }) => url.origin))).toEqual(
    new Set([scheme === "Basic" ? host : new URL(realm).origin]),
  );
});
