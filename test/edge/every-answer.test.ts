import { describe, expect, test } from "vitest";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";

const edge = edgeUnderTest({
  config: { repositories: { stable: repositoryConfig(), "stable-two": repositoryConfig() } },
});

describe("every answer", () => {
  test.for(["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])("refuses %s with 405", async (method) => {
    for (const path of ["/", "/healthz", "/status.json", "/stable/index.yaml", "/nowhere"]) {
      const response = await edge.request(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("lets a browser ask before it reads across origins", async () => {
    const response = await edge.request("/stable/index.yaml", {
      method: "OPTIONS",
      headers: { Origin: "https://x.example", "Access-Control-Request-Method": "GET" },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-methods")).toBe("GET, HEAD, OPTIONS");
    expect(response.headers.get("access-control-allow-headers")).toBe("*");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test.for(["/healthz", "/status.json", "/", "/stable/", "/stable", "/nowhere", "/stable/x", "/%"])(
    "says for %s how long it may be kept, that its type counts, and that anybody may read it",
    async (path) => {
      const response = await edge.request(path);
      expect(response.headers.get("cache-control")).not.toBeNull();
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      const head = await edge.request(path, { method: "HEAD" });
      expect(head.status).toBe(response.status);
      expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(response.headers));
      const length = response.headers.get("content-length");
      expect(length).toBe(response.status === 308 ? null : String((await response.bytes()).byteLength));
    },
  );

  test("answers /healthz with ok, kept by nobody", async () => {
    const response = await edge.request("/healthz");
    expect(await response.text()).toBe("ok\n");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("sends who forgot the slash to the repository's page, without a host", async () => {
    const response = await edge.request("/stable?x=1");
    expect(response.status).toBe(308);
    expect(response.headers.get("location")).toBe("/stable/");
  });

  test.for<[string, number, string, RegExp]>([
    ["/nowhere/index.yaml", 404, "unknown-repository", /repositories: "stable", "stable-two"/],
    ["/stabel-two/index.yaml", 404, "unknown-repository", /Did you mean "stable-two"/],
    ["/index.yaml", 404, "unknown-repository", /repositories/],
    ["/stable/charts/alpha/x", 404, "unknown-path", /index\.yaml; <chart>.*@latest/],
    ["/stable/%zz", 400, "malformed-path", /percent-encoded/],
    [`/stable/charts/${"0".repeat(64)}/a-1.0.0.tgz`, 404, "unknown-digest", /digest/],
    ["/stable/index.yaml", 503, "not-published-yet", /first synchronisation/],
    ["/stable@newest/index.yaml", 404, "unknown-view", /"newest" is no view.*@latest-<N>/],
    ["/stable@latest/", 404, "unknown-path", /stable@latest\//],
    ["/stable/alpha", 503, "not-published-yet", /first synchronisation/],
    ["/stable@2026-08-01/index.yaml", 503, "not-published-yet", /first synchronisation/],
    ["/stable/history.json", 503, "not-published-yet", /first synchronisation/],
    ["/stable@upstream/index.yaml", 404, "no-upstream-index", /stored yet/],
    ["/stable/a-1.0.0.tgz", 503, "not-published-yet", /first synchronisation/],
  ])("refuses %s with %i %s, as text or as JSON", async ([path, status, code, message]) => {
    const text = await edge.request(path);
    expect(text.status).toBe(status);
    expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await text.text()).toMatch(message);
    const json = await edge.request(path, { headers: { Accept: "application/json" } });
    expect(json.headers.get("content-type")).toBe("application/json");
    expect(await json.json()).toEqual({ error: { code, message: expect.stringMatching(message) } });
  });

  test.for<[string, string]>([
    ["*/*", "text/plain; charset=utf-8"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "text/plain; charset=utf-8"],
    ["application/gzip,application/octet-stream", "text/plain; charset=utf-8"],
    ["application/json;q=0", "text/plain; charset=utf-8"],
    ["text/plain, application/json;q=0.9", "text/plain; charset=utf-8"],
    ["application/json, text/plain, */*;q=0.1", "text/plain; charset=utf-8"],
    ["text/plain;q=0.5, application/json", "application/json"],
  ])("gives who accepts %s a %s", async ([accept, type]) => {
    const response = await edge.request("/nowhere", { headers: { Accept: accept } });
    expect(response.headers.get("content-type")).toBe(type);
  });

  test("repeats of a hostile path no more than a short, harmless piece", async () => {
    const response = await edge.request(`/${encodeURIComponent("‮\u0007\n<b>".repeat(30))}`);
    const text = await response.text();
    expect(text.length).toBeLessThan(300);
    expect(text.trimEnd()).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });
});
