import { env } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { OperatorEvent } from "../../src/observability/event.ts";
import { createOperator } from "../../src/operator/app.ts";
import type { OperatorParts } from "../../src/operator/operator-parts.ts";
import { operations } from "../../src/operator/operations.ts";
import { shortestToken, usableToken } from "../../src/operator/token.ts";
import { AuditLog } from "../../src/storage/audit-log.ts";
import { auditPrefix } from "../../src/storage/keys.ts";
import { longestReason } from "../../src/storage/withdrawals.ts";
import { repositoryConfig } from "../support/keeper-harness.ts";

const token = "0123456789abcdef0123456789abcdef";
const address = "192.0.2.7";

/** No two entries of the log are of the same millisecond. */
let clock = Date.now();

interface Asked {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

function operatorUnderTest(changed: Partial<OperatorParts> = {}) {
  const done: unknown[] = [];
  const events: OperatorEvent[] = [];
  const app = createOperator({
    token,
    config: { repositories: { stable: repositoryConfig, podinfo: repositoryConfig } },
    limiter: { limit: () => Promise.resolve({ success: true }) },
    audit: new AuditLog(env.BUCKET),
    act: (...performed) => {
      done.push(performed);
      return Promise.resolve({ kind: "done", message: "It is done." });
    },
    standing: () => Promise.resolve({ working: true, status: null }),
    now: () => (clock += 1),
    log: (event) => void events.push(event),
    ...changed,
  });
  const ask = async ({ path = "/-/repositories/stable/sync", method = "POST", headers = {}, body }: Asked = {}) => {
    const given = { authorization: `Bearer ${token}`, "content-type": "application/json", "cf-connecting-ip": address };
    const content = method === "GET" || method === "HEAD" ? null : (body ?? "{}");
    return await app.fetch(
      new Request(`https://mirror.example${path}`, { method, headers: { ...given, ...headers }, body: content }),
    );
  };
  return { ask, done, events };
} // prettier-ignore

const codeOf = async (response: Response) => {
  const { error }: { error: { code: string; message: string } } = await response.json();
  return error.code;
};
const logged = async () => (await env.BUCKET.list({ prefix: auditPrefix })).objects.map(({ key }) => key);

afterEach(() => vi.restoreAllMocks());

describe("who is admitted", () => {
  test.each([
    ["no header", {}],
    ["another token", { authorization: `Bearer ${"0".repeat(32)}` }],
    ["a beginning of the token", { authorization: `Bearer ${token.slice(0, 31)}` }],
    ["a longer token", { authorization: `Bearer ${token}0` }],
    ["an empty token", { authorization: "Bearer " }],
    ["another scheme", { authorization: `Basic ${btoa(`operator:${token}`)}` }],
    ["the token alone", { authorization: token }],
    ["two headers, one with the token", { authorization: `Bearer ${token}, Bearer x` }],
    ["the token in the query and a cookie", { cookie: `token=${token}` }],
  ])("not who sends %s, on any path, whatever the method", async (_, headers) => {
    const { ask, done, events } = operatorUnderTest();
    const sent = { authorization: "", ...headers };
    for (const path of [`/-/repositories/stable/sync?token=${token}`, "/-/audit", "/-/no/such", "/-"]) {
      for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
        const response = await ask({ path, method, headers: sent });
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toBe('Bearer realm="chartkeep"');
        expect(response.headers.get("cache-control")).toBe("no-store");
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
        expect(await response.text()).not.toContain(token.slice(0, 31));
      }
    }
    expect(done).toEqual([]);
    expect(events).toHaveLength(16);
    expect(events[0]).toMatchObject({ event: "operator-refused", code: "unauthorized", address });
    expect(JSON.stringify(events)).not.toContain(token.slice(0, 31));
  });

  test("who sends the token, however the scheme is written", async () => {
    const { ask } = operatorUnderTest();
    for (const scheme of ["Bearer", "bearer", "BEARER "]) {
      expect((await ask({ headers: { authorization: `${scheme} ${token}` } })).status).toBe(200);
    }
  });

  test.each(["", "x", "0".repeat(32), `${token}${token}`, token])(
    "is decided by digests in constant time, for a token of any length: %j",
    async (sent) => {
      const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");
      await operatorUnderTest().ask({ headers: { authorization: `Bearer ${sent}` } });
      expect(compare).toHaveBeenCalledTimes(1);
      for (const digest of compare.mock.calls[0] ?? []) expect(digest.byteLength).toBe(32);
    },
  );

  test("nobody who asks too often, with the right token or a wrong one", async () => {
    const keys: string[] = [];
    const limiter = {
      limit: ({ key }: { key: string }) => Promise.resolve({ success: keys.push(key) <= 3 }),
    };
    const { ask, done, events } = operatorUnderTest({ limiter });
    const statuses: number[] = [];
    for (const one of ["x", "y", token, token, "z"]) {
      statuses.push((await ask({ headers: { authorization: `Bearer ${one}` } })).status);
    }
    expect(statuses).toEqual([401, 401, 200, 429, 429]);
    expect(done).toHaveLength(1);
    expect(new Set(keys)).toEqual(new Set([address]));
    const response = await ask();
    expect(response.headers.get("retry-after")).toBe("60");
    expect(events.at(-1)).toMatchObject({ event: "operator-refused", code: "rate-limited" });
  });

  test("is counted by the platform's limit, each address by itself", async () => {
    const { ask } = operatorUnderTest({ limiter: env.OPERATOR_LIMIT });
    const statuses = async (from: string) =>
      await Promise.all(
        Array.from({ length: 12 }, async () => (await ask({ headers: { "cf-connecting-ip": from } })).status),
      );
    const answers = await statuses("198.51.100.1"); // in two periods, if the clock wants it
    expect(answers.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);
    expect(answers.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5);
    expect((await ask({ headers: { "cf-connecting-ip": "198.51.100.2" } })).status).toBe(200);
  });
});

test("a token that is missing or too short is none, and the latter is told without its text", () => {
  const events: OperatorEvent[] = [];
  const usable = (text: string | undefined) => usableToken(text, (event) => void events.push(event));
  expect([usable(undefined), usable("")]).toEqual([undefined, undefined]);
  expect(events).toEqual([]);
  const short = token.slice(0, shortestToken - 1);
  expect(usable(short)).toBeUndefined();
  expect(events).toMatchObject([{ event: "operator-token-not-valid" }]);
  expect(JSON.stringify(events)).not.toContain(short);
  expect(usable(token)).toBe(token);
});

test("a token is what stands between line breaks and spaces, and one that no header could carry is none", () => {
  const events: OperatorEvent[] = [];
  const usable = (text: string) => usableToken(text, (event) => void events.push(event));
  expect([usable(`${token}\n`), usable(` ${token}\r\n`)]).toEqual([token, token]);
  expect(events).toEqual([]);
  for (const text of [`${token} ${token}`, `${token}é`, `${token}\n${token}`, " ".repeat(40)]) {
    expect(usable(text)).toBeUndefined();
    expect(events.pop()).toMatchObject({ event: "operator-token-not-valid" });
  }
});

const named = { chart: "alpha", version: "1.0.0" };
const revision = "0a".repeat(16);
const given: Record<string, Record<string, string>> = {
  "release-early": named,
  withdraw: { ...named, reason: "it leaks" },
  reinstate: named,
  rollback: { revision },
};

describe("an action", () => {
  test.each(Object.keys(operations))("%s is written down, done, and its outcome written down", async (action) => {
    const { ask, done, events } = operatorUnderTest();
    const args = given[action] ?? {};
    const path = `/-/repositories/stable/${action}`;
    const response = await ask({ path, body: JSON.stringify(args) });
    expect(response.status).toBe(200);
    const answer: { audit: string } = await response.json();
    expect(answer).toEqual({ repository: "stable", action, message: "It is done.", audit: expect.any(String) });
    expect(done).toEqual([["stable", { kind: action, ...args }]]);
    const [newest] = await new AuditLog(env.BUCKET).newest(1);
    expect(newest).toEqual({
      id: answer.audit,
      at: expect.stringMatching(/^\d{4}-/),
      action,
      repository: "stable",
      arguments: args,
      address,
      outcome: { at: expect.any(String), result: "done", message: "It is done." },
    });
    expect(events).toMatchObject([{ event: "operated", repository: "stable", action, result: "done" }]);
  }); // prettier-ignore

  test("is not done while the audit log cannot be written", async () => {
    const broken = new AuditLog({
      ...env.BUCKET,
      put: () => Promise.reject(new Error("R2 is down")),
    });
    const { ask, done, events } = operatorUnderTest({ audit: broken });
    const response = await ask();
    expect([response.status, await codeOf(response)]).toEqual([503, "audit-unavailable"]);
    expect(done).toEqual([]);
    expect(events).toMatchObject([{ event: "operation-not-logged", message: "R2 is down" }]);
  });

  test("finds its entry in the log while it is being done", async () => {
    const audit = new AuditLog(env.BUCKET);
    let before: unknown;
    const { ask } = operatorUnderTest({
      act: async () => {
        [before] = await audit.newest(1);
        return { kind: "refused", code: "not-pinned", message: "It is not held." };
      },
    });
    const response = await ask({ path: "/-/repositories/podinfo/let-go" });
    expect(before).toMatchObject({ action: "let-go", repository: "podinfo", outcome: null });
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({
      error: { code: "not-pinned", message: "It is not held." },
      audit: expect.any(String),
    });
    expect(await audit.newest(1)).toMatchObject([{ outcome: { result: "refused" } }]);
  });

  test("whose Keeper does not answer is said to be uncertain, and logged as failed", async () => {
    const { ask } = operatorUnderTest({ act: () => Promise.reject(new Error("the object is gone")) });
    const response = await ask();
    expect([response.status, await codeOf(response)]).toEqual([503, "keeper-unavailable"]);
    const [newest] = await new AuditLog(env.BUCKET).newest(1);
    expect(newest?.outcome).toMatchObject({ result: "failed", message: "the object is gone" });
  });

  test("that was done stays done where its outcome cannot be logged", async () => {
    let puts = 0;
    const audit = new AuditLog({
      get: (key: string) => env.BUCKET.get(key),
      list: (options) => env.BUCKET.list(options),
      put: () => (puts++ === 0 ? env.BUCKET.put(`elsewhere-${puts}`, "") : Promise.reject(new Error("down"))),
    });
    const { ask, events } = operatorUnderTest({ audit });
    expect((await ask()).status).toBe(200);
    expect(events).toMatchObject([{ event: "operated" }, { event: "outcome-not-logged" }]);
  });
});

describe("what is refused does nothing and adds nothing to the log", () => {
  test.each<[Asked, number, string]>([
    [{ path: "/-" }, 404, "unknown-path"],
    [{ path: "/-/" }, 404, "unknown-path"],
    [{ path: "/-/repositories/stable/sync/now" }, 404, "unknown-path"],
    [{ path: "/-/repositories/%ff/sync" }, 404, "unknown-path"],
    [{ path: "/-//repositories/stable/sync" }, 404, "unknown-path"],
    [{ path: "/-/repositories/stable%2Fx/sync" }, 404, "unknown-repository"],
    [{ path: "/-/repositories/stabel/sync" }, 404, "unknown-repository"],
    [{ path: "/-/repositories/constructor/sync" }, 404, "unknown-repository"],
    [{ path: "/-/repositories/stable/constructor" }, 404, "unknown-action"],
    [{ path: "/-/repositories/stable/rolback" }, 404, "unknown-action"],
    [{ method: "GET" }, 405, "method-not-allowed"],
    [{ method: "PUT" }, 405, "method-not-allowed"],
    [{ method: "OPTIONS" }, 405, "method-not-allowed"],
    [{ path: "/-/audit" }, 405, "method-not-allowed"],
    [{ path: "/-/repositories/stable" }, 405, "method-not-allowed"],
    [{ headers: { "content-type": "text/plain" } }, 415, "not-json"],
    [{ headers: { "content-type": "application/x-www-form-urlencoded" } }, 415, "not-json"],
    [{ body: "" }, 415, "not-json"],
    [{ body: "{" }, 415, "not-json"],
    [{ body: "[]" }, 400, "bad-request"],
    [{ body: "null" }, 400, "bad-request"],
    [{ body: '{"force":"yes"}' }, 400, "bad-request"],
    [{ body: '{"__proto__":{"chart":"alpha"}}' }, 400, "bad-request"],
    [{ body: '{"constructor":"x"}' }, 400, "bad-request"],
    [{ body: "[".repeat(16_000) }, 415, "not-json"],
    [{ path: "/-/repositories/stable/rollback" }, 400, "bad-request"],
    [{ path: "/-/repositories/stable/rollback", body: '{"revision":"../x"}' }, 400, "bad-request"],
    [{ path: "/-/repositories/stable/rollback", body: '{"revision":1}' }, 400, "bad-request"],
    [{ path: "/-/repositories/stable/withdraw", body: JSON.stringify(named) }, 400, "bad-request"],
    [{ path: "/-/repositories/stable/withdraw", body: JSON.stringify({ ...named, reason: " " }) }, 400, "bad-request"],
    [{ path: "/-/repositories/stable/withdraw", body: JSON.stringify({ ...named, reason: "x".repeat(longestReason + 1) }) }, 400, "bad-request"],
    [{ body: JSON.stringify({ x: "x".repeat(20_000) }) }, 413, "too-large"],
    [{ path: "/-/audit?limit=0", method: "GET" }, 400, "bad-request"],
    [{ path: "/-/audit?limit=101", method: "GET" }, 400, "bad-request"],
    [{ path: "/-/audit?limit=x", method: "GET" }, 400, "bad-request"],
  ])("%j", async (asked, status, code) => {
    const before = await logged();
    const { ask, done } = operatorUnderTest();
    const response = await ask(asked);
    expect([response.status, await codeOf(response)]).toEqual([status, code]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(done).toEqual([]);
    expect(await logged()).toEqual(before);
  }); // prettier-ignore

  test("and says what may have been meant", async () => {
    const { ask } = operatorUnderTest();
    expect(await (await ask({ path: "/-/repositories/stabel/sync" })).text()).toContain('\\"stable\\"');
    expect(await (await ask({ path: "/-/repositories/stable/rolback" })).text()).toContain('\\"rollback\\"');
    expect((await ask({ method: "GET" })).headers.get("allow")).toBe("POST");
  });
});

describe("reading", () => {
  test("answers how a repository stands at this moment", async () => {
    const response = await operatorUnderTest().ask({ path: "/-/repositories/stable", method: "GET" });
    expect(await response.json()).toEqual({ repository: "stable", working: true, status: null });
  });

  test("answers the newest entries of the log first, so many as asked for", async () => {
    const { ask } = operatorUnderTest();
    for (const action of ["sync", "verify", "let-go"]) {
      await ask({ path: `/-/repositories/stable/${action}` });
    }
    const response = await ask({ path: "/-/audit?limit=2", method: "GET" });
    const { entries }: { entries: { action: string }[] } = await response.json();
    expect(entries.map(({ action }) => action)).toEqual(["let-go", "verify"]);
  });
});

test("an entry of the log is never written over", async () => {
  const audit = new AuditLog(env.BUCKET);
  const at = new Date(0).toISOString();
  const id = await audit.begin({ at, action: "sync", repository: "stable", arguments: {}, address }, 0);
  const outcome = { at, result: "done", message: "" } as const;
  await audit.end(id, outcome);
  await expect(audit.end(id, { ...outcome, message: "another one" })).rejects.toThrow("already");
});
