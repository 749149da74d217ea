import { describe, expect, test } from "vitest";
import type { HttpSourceConfig } from "../../src/config/config.ts";
import { isPrivateHost } from "../../src/upstream/address.ts";
import { RequestMeter } from "../../src/upstream/bounded-fetch.ts";
import { HttpRepository, archiveResolver, rewrite } from "../../src/upstream/http-repository.ts";
import { MemoryGate } from "../../src/upstream/memory-gate.ts";
import { OciRegistry } from "../../src/upstream/oci-registry.ts";
import { RegistryTokens } from "../../src/upstream/registry-tokens.ts";
import { UpstreamError } from "../../src/upstream/upstream-error.ts";
import { FakeNetwork, at, host, limits, sourceOf } from "../upstream/fake-registry.ts";

// Server-side request forgery: every way in which an upstream can name an address, times every spelling of one
// where a mirror has no business.

/** Of what stands inside of networks: metadata services, the mirror's own machine, its neighbours. */
const hosts = [
  "127.0.0.1",
  "127.1",
  "127.0.0.1.",
  "2130706433",
  "017700000001",
  "0x7f000001",
  "0x7f.0.0.1",
  "0177.0.0.01",
  "0",
  "１２７.0.0.1",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.0.1",
  "100.64.0.1",
  "169.254.169.254",
  "0xa9.254.43518",
  "2852039166",
  "192.0.0.192",
  "198.18.0.1",
  "255.255.255.255",
  "[::1]",
  "[::]",
  "[::127.0.0.1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:a9fe:a9fe]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::169.254.169.254]",
  "[64:ff9b:1::a00:1]",
  "[2002:7f00:1::]",
  "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
  "[2001::a00:1]",
  "[fe80::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[fec0::1]",
  "[ff02::1]",
  "localhost",
  "LOCALHOST.",
  "localhost..",
  "a.localhost",
  "ⓛⓞⓒⓐⓛhost",
  "metadata.google.internal",
  "metadata.google.internal.",
  "metadata",
  "kubernetes.default.svc.cluster.local",
  "router.lan",
  "nas.home.arpa",
];

const addresses = [
  ...hosts.flatMap((name) => [`https://${name}/x.tgz`, `https://${name}:8443/x.tgz`, `http://${name}/x.tgz`]),
  "http://public.example/x.tgz", // what anybody on the way could replace
  "https://user:secret@public.example/x.tgz",
  "https://public.example@127.0.0.1/x.tgz",
  String.raw`https:\\127.0.0.1\x.tgz`,
  "//127.0.0.1/x.tgz",
  "ftp://public.example/x.tgz",
  "file:///etc/passwd",
  "data:application/gzip;base64,H4sI",
  "blob:https://public.example/1",
  "javascript:alert(1)",
  "gopher://127.0.0.1:6379/_FLUSHALL",
  "wss://127.0.0.1/",
];

const source: HttpSourceConfig = {
  kind: "http",
  url: "https://charts.example.com/stable",
  files: [],
  rewrites: [],
};
const archive = `${source.url}/x.tgz`;

const partsOf = (network: FakeNetwork) => ({
  limits,
  fetch: network.fetch,
  now: () => 0,
  meter: new RequestMeter(100),
  gate: new MemoryGate(1_000_000),
  tokens: new RegistryTokens(() => 0),
});

/** What was asked of anybody but the source itself. */
const elsewhere = (network: FakeNetwork): string[] =>
  network.asked
    .map(({ url }) => url.href)
    .filter((url) => !url.startsWith(host) && !url.startsWith(source.url));

const registryOf = (network: FakeNetwork): OciRegistry =>
  new OciRegistry({ ...partsOf(network), source: sourceOf(), secret: "user:password" });

const redirecting = (location: string): Response =>
  new Response(null, { status: 302, headers: { location } });
const all = async (pages: AsyncIterable<unknown>): Promise<void> => {
  for await (const page of pages) void page;
};
/** A header field cannot hold more than Latin-1; who wants others there has to encode them. */
const asField = (address: string): string =>
  URL.parse(address)?.hostname === undefined ? address : encoded(address);
const encoded = (address: string): string =>
  address.replaceAll(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));

/** Each gives an upstream the chance to name the address. */
const ways: Readonly<Record<string, (address: string, network: FakeNetwork) => Promise<unknown>>> = {
  "the redirect of an index": async (address, network) => {
    network.handlers.push(({ url }) =>
      url.href.startsWith(source.url) ? redirecting(asField(address)) : undefined,
    );
    return await new HttpRepository({ ...partsOf(network), source }).index({
      etag: null,
      lastModified: null,
    });
  },
  "the redirect of an archive": async (address, network) => {
    network.handlers.push(({ url }) => (url.href === archive ? redirecting(asField(address)) : undefined));
    const repository = new HttpRepository({ ...partsOf(network), source });
    return await repository.archive({ url: archive, source: source.url }, () => Promise.resolve());
  },
  "an archive's address in a ledger of another configuration": async (address, network) =>
    await new HttpRepository({ ...partsOf(network), source }).archive(
      { url: address, source: source.url },
      () => Promise.resolve(),
    ),
  "the redirect of a blob": async (address, network) => {
    network.handlers.push(({ url }) =>
      url.pathname.includes("/blobs/") ? redirecting(asField(address)) : undefined,
    );
    return await registryOf(network).blob("alpha", { digest: "0".repeat(64), size: 1 }, 100);
  },
  "the realm of a token service": async (address, network) => {
    const challenge = {
      "www-authenticate": `Bearer realm="${asField(address).replaceAll("\\", "\\\\")}",service="x"`,
    };
    network.handlers.push(({ url }) =>
      url.origin === host ? new Response(null, { status: 401, headers: challenge }) : undefined,
    );
    return await all(registryOf(network).tags("alpha"));
  },
  "the next page of a list": async (address, network) => {
    const link = `<${asField(address)}>; rel="next"`;
    network.handlers.push(
      at("/v2/charts/alpha/tags/list", () => Response.json({ tags: ["1.0.0"] }, { headers: { link } })),
    );
    return await all(registryOf(network).tags("alpha"));
  },
};

test.each(Object.entries(ways))("%s leads nobody inside a network", async (_, attack) => {
  const led: string[] = [];
  for (const address of addresses) {
    const network = new FakeNetwork();
    const outcome = await attack(address, network).catch((error: unknown) => error);
    if (elsewhere(network).length > 0 || !(outcome instanceof UpstreamError)) led.push(address);
  }
  expect(led).toEqual([]);
});

describe("the url of an entry", () => {
  const resolve = archiveResolver(source);

  test("is not kept where it is inside a network, of another scheme, or has credentials", () => {
    const kept = addresses.filter((address) =>
      resolve([address]).usable.some((url) => new URL(url).origin !== new URL(source.url).origin),
    );
    expect(kept).toEqual([]);
  });

  test("is not kept where it refers to a registry inside a network", () => {
    const references = hosts.flatMap((name) => [
      `oci://${name}/charts/a:1.0.0`,
      `oci://${name}:5000/charts/a:1.0.0`,
    ]);
    expect(references.filter((reference) => resolve([reference]).usable.length > 0)).toEqual([]);
  });

  test.each(["../../../etc/passwd", "/admin", "?x=1", "..%2f..%2fadmin", "%2e%2e/%2e%2e/x"])(
    "leads to the source's own host, and to no file, where it is %s",
    (path) => {
      for (const url of resolve([path]).usable)
        expect(new URL(url).origin).toBe("https://charts.example.com");
    },
  );
});

test("a rewrite changes the address, and never the host that the operator named", () => {
  const rules = [
    { from: "https://github.com/", to: "http://10.0.0.5/gh/" },
    { from: "https://charts.example.com/one", to: "http://10.0.0.5/one" },
  ];
  const hostile = [
    "https://github.com:8443/x",
    "https://github.com.attacker.example/x",
    "https://github.com@127.0.0.1/x",
    "https://github.com/@127.0.0.1/x",
    "https://github.com//127.0.0.1/x",
    String.raw`https://github.com/\127.0.0.1/x`,
    "https://github.com/:8080/x",
    "https://github.com/../../x",
    "https://charts.example.com/one@127.0.0.1/x",
    "https://charts.example.com/one.attacker.example/x",
    "https://charts.example.com/one:8080/x",
  ];
  for (const address of hostile) {
    const written = new URL(address).href;
    const rewritten = new URL(rewrite(written, rules));
    if (rewritten.href !== written) expect(rewritten.host).toBe("10.0.0.5");
  }
});

test("a public name stays public, and a name that resolves to a private address cannot be told from it", () => {
  // Workers have no resolver to look first; what their fetch reaches is the platform's to bound (docs/security.md).
  for (const name of ["charts.example.com", "127.0.0.1.nip.io", "localtest.me"]) {
    expect(isPrivateHost(name)).toBe(false);
  }
});
