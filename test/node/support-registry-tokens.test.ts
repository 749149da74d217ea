import { describe, expect, test } from "vitest";
import { ask, askForToken, bearer, errorOf } from "../support/registry/asking.ts";
import type { TokenAuth } from "../support/registry/options.ts";
import { publishWeb, webTags, withWebChart } from "../support/registry/web-chart.ts";

describe("tokens", () => {
  const auth: TokenAuth = { kind: "token", seconds: 60 };

  test("are given for what the challenge names, counted, and expire", async () => {
    let now = 0;
    await using registry = await withWebChart({ auth, clock: () => now });
    const answer = await askForToken(registry, webTags);
    expect(await answer.clone().json()).toMatchObject({ expires_in: 60 });
    const headers = await bearer(answer);
    expect((await ask(registry, webTags, { headers })).status).toBe(200);
    expect(registry.issuedTokens).toBe(1);
    now = 60_000;
    const late = await ask(registry, webTags, { headers });
    expect(late.status).toBe(401);
    expect(late.headers.get("www-authenticate")).toContain('error="invalid_token"');
    registry.settings.expiredTokenAnswer = 400;
    const silent = await ask(registry, webTags, { headers });
    expect([...(await errorOf(silent)), silent.headers.get("www-authenticate")]).toEqual([
      400,
      "DENIED",
      null,
    ]);
  });

  test.each([
    ["strict", 401],
    ["ghcr", 200],
  ] as const)("with scopes %s, one repository's token is %i for another one", async (scopes, status) => {
    await using registry = await withWebChart({ auth: { ...auth, scopes } });
    await publishWeb(registry, "more/web", "1.0.0");
    const headers = await bearer(await askForToken(registry, "/v2/more/web/tags/list"));
    expect((await ask(registry, webTags, { headers })).status).toBe(status);
  });

  test.each([
    [403, 403],
    [401, 200],
    [404, 200],
  ] as const)("where unknown packages are %i, the service answers %i for one", async (unknown, status) => {
    await using registry = await withWebChart({ auth, unknownPackage: unknown });
    const none = "/v2/charts/none/tags/list";
    const answer = await askForToken(registry, none);
    expect(answer.status).toBe(status);
    if (status !== 200) return;
    expect((await ask(registry, none, { headers: await bearer(answer) })).status).toBe(unknown);
  });

  test.each([
    ["path", true],
    ["origin", false],
  ] as const)("by a service of its own %s", async (service, same) => {
    await using registry = await withWebChart({ auth: { ...auth, service } });
    const { status, url } = await askForToken(registry, webTags);
    expect(status).toBe(200);
    expect(new URL(url).origin === registry.url).toBe(same);
    expect(registry.requestsFor("token")).toHaveLength(1);
  });

  test("without credentials give no right to push where there is an owner", async () => {
    await using registry = await withWebChart({
      auth: { ...auth, credentials: { user: "a", password: "b" } },
    });
    const upload = "/v2/charts/web/blobs/uploads/";
    const headers = await bearer(await askForToken(registry, upload, { method: "POST" }));
    expect((await ask(registry, upload, { method: "POST", headers })).status).toBe(401);
    expect((await ask(registry, webTags, { headers })).status).toBe(200);
  });
});
