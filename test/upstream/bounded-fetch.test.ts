import { describe, expect, test } from "vitest";
import { addressPolicyOf } from "../../src/upstream/address.ts";
import {
  boundedFetch,
  type Fetch,
  readBounded,
  RequestMeter,
  requireOk,
  retryAfterSeconds,
} from "../../src/upstream/bounded-fetch.ts";

const options = (fetch: Fetch, requests = 10) => ({
  fetch,
  meter: new RequestMeter(requests),
  address: addressPolicyOf("https://charts.example.com"),
  seconds: 1,
});

const redirectTo =
  (location: string): Fetch =>
  () =>
    Promise.resolve(new Response(null, { status: 302, headers: { location } }));

describe("a bounded fetch", () => {
  test("follows redirects to other hosts, as GitHub's releases need it, and counts each request", async () => {
    const asked: string[] = [];
    const fetch: Fetch = (url) => {
      asked.push(url);
      return url.startsWith("https://github.com/")
        ? redirectTo("https://objects.example.com/signed?secret=1")(url, {})
        : Promise.resolve(new Response("bytes"));
    };
    const using = options(fetch);
    const response = await boundedFetch("https://github.com/o/r/a.tgz", using);
    expect(await response.text()).toBe("bytes");
    expect(asked).toEqual(["https://github.com/o/r/a.tgz", "https://objects.example.com/signed?secret=1"]);
    expect(using.meter.used).toBe(2);
  });

  test.each([
    ["a redirect to a private address", redirectTo("https://169.254.169.254/"), "forbidden-address"],
    ["a redirect to plain http", redirectTo("http://example.com/"), "forbidden-address"],
    ["a redirect to another scheme", redirectTo("ftp://example.com/"), "forbidden-address"],
    ["a redirect to nonsense", redirectTo("https://:0:0/"), "forbidden-address"],
    ["a redirect loop", redirectTo("https://charts.example.com/again"), "too-many-redirects"],
    ["a connection that fails", () => Promise.reject(new TypeError("no route")), "unreachable"],
  ] satisfies [string, Fetch, string][])("refuses %s", async (_name, fetch, code) => {
    await expect(boundedFetch("https://charts.example.com/a", options(fetch))).rejects.toMatchObject({
      code,
    });
  });

  test("gives up when the answer takes too long", async () => {
    const never: Fetch = (_url, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    const using = { ...options(never), seconds: 0.05 };
    await expect(boundedFetch("https://charts.example.com/a", using)).rejects.toMatchObject({
      code: "timeout",
    });
  });

  test("takes credentials to no other origin, and not back again", async () => {
    const hops: Record<string, string> = {
      "https://charts.example.com/a": "https://charts.example.com/b",
      "https://charts.example.com/b": "https://charts.example.com:8443/c",
      "https://charts.example.com:8443/c": "https://charts.example.com/d",
    };
    const sent: string[] = [];
    const fetch: Fetch = (url, init) => {
      const headers = new Headers(init.headers);
      sent.push([headers.get("authorization"), headers.get("cookie"), headers.get("accept")].join(" "));
      const next = hops[url];
      return next === undefined ? Promise.resolve(new Response("bytes")) : redirectTo(next)(url, init);
    };
    const headers = { Authorization: "Basic x", COOKIE: "c=1", accept: "y" };
    await boundedFetch("https://charts.example.com/a", { ...options(fetch), headers });
    expect(sent).toEqual(["Basic x c=1 y", "Basic x c=1 y", "  y", "  y"]);
  });

  test("asks by HEAD on every hop where that is wanted", async () => {
    const methods: (string | undefined)[] = [];
    const fetch: Fetch = (url, init) => {
      methods.push(init.method);
      return url.endsWith("/a")
        ? redirectTo("https://other.example.com/b")(url, init)
        : Promise.resolve(new Response(null));
    };
    await boundedFetch("https://charts.example.com/a", { ...options(fetch), method: "HEAD" });
    expect(methods).toEqual(["HEAD", "HEAD"]);
  });

  test("hands over a redirect where it must not be followed", async () => {
    const fetch = redirectTo("http://169.254.169.254/");
    const response = await boundedFetch("https://charts.example.com/a", { ...options(fetch), follow: false });
    expect(response.status).toBe(302);
  });

  test("makes no request beyond the budget, not for a redirect either", async () => {
    const using = options(redirectTo("https://charts.example.com/b"), 1);
    await expect(boundedFetch("https://charts.example.com/a", using)).rejects.toMatchObject({
      name: "BudgetSpent",
    });
    expect(using.meter.used).toBe(1);
  });

  test("never shows the query of an address, where signed URLs carry their secrets", async () => {
    const fetch: Fetch = () => Promise.resolve(new Response(null, { status: 500 }));
    const response = await boundedFetch("https://charts.example.com/a?token=secret", options(fetch));
    await expect(requireOk(response, "https://charts.example.com/a?token=secret", 0)).rejects.toThrow(
      /^https:\/\/charts\.example\.com\/a: status 500$/,
    );
  });
});

describe("statuses", () => {
  test.each([
    [404, {}, "not-found", undefined],
    [410, {}, "not-found", undefined],
    [403, {}, "refused", undefined],
    [408, {}, "http-status", undefined],
    [500, {}, "http-status", undefined],
    [503, {}, "http-status", undefined],
    [503, { "retry-after": "120" }, "rate-limited", 120],
    [429, {}, "rate-limited", undefined],
    [429, { "retry-after": "7" }, "rate-limited", 7],
    [429, { "retry-after": "999999" }, "rate-limited", 3600],
    [204, {}, "http-status", undefined],
    [206, {}, "http-status", undefined],
  ])("%i %o is %s", async (status, headers: Record<string, string>, code, retryAfter) => {
    const response = new Response(null, { status, headers });
    await expect(requireOk(response, "https://charts.example.com/", 0)).rejects.toMatchObject({
      code,
      retryAfter,
    });
  });

  test("Retry-After is read as seconds or as a date", () => {
    const now = Date.UTC(2026, 0, 1);
    expect(retryAfterSeconds("Thu, 01 Jan 2026 00:01:00 GMT", now)).toBe(60);
    expect(retryAfterSeconds("Wed, 31 Dec 2025 00:01:00 GMT", now)).toBe(0);
    expect(retryAfterSeconds("soon", now)).toBeUndefined();
  });
});

describe("reading a body", () => {
  const chunked = (...chunks: string[]) =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
          controller.close();
        },
      }),
    );

  test("takes what fits", async () => {
    const bytes = await readBounded(chunked("ab", "c"), "https://charts.example.com/", 3);
    expect(new TextDecoder().decode(bytes)).toBe("abc");
  });

  test("stops as soon as it is too large, announced or not", async () => {
    const announced = new Response("abcd", { headers: { "content-length": "4" } });
    const address = "https://charts.example.com/";
    await expect(readBounded(announced, address, 3)).rejects.toMatchObject({ code: "too-large" });
    await expect(readBounded(chunked("ab", "cd"), address, 3)).rejects.toMatchObject({ code: "too-large" });
  });
});
