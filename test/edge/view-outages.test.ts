import { env } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { headKey, revisionKey } from "../../src/storage/keys.ts";
import { edgeUnderTest, repositoryConfig } from "../support/edge-under-test.ts";
import { indexAt, versionsOf } from "../support/read-index.ts";
import {
  all,
  newest,
  newestTwo,
  newRevision,
  oldRevision,
  storeTwoRevisions,
  views,
} from "../support/two-revisions.ts";
import { failing, hanging, without } from "../support/watched-stores.ts";

const config = { root: "stable", repositories: { stable: repositoryConfig(["artifacthub-repo.yml"]) } };
await storeTwoRevisions("stable");

describe("views, when storage fails", () => {
  const under = (kv: Pick<KVNamespace, "get">, bucket: Pick<R2Bucket, "get" | "head">) =>
    edgeUnderTest({ config, kv, bucket, patience: 50 });

  test.for(views)("%s/index.yaml is served while KV fails or hangs", async ([base, versions]) => {
    for (const kv of [failing(env.KV), hanging(env.KV)]) {
      expect(versionsOf(await indexAt(under(kv, env.BUCKET), base))).toEqual(versions);
    }
  });

  test.for<[string, Record<string, string[]>]>([
    ["/stable", all],
    ["/stable@latest", newest],
    ["/stable/alpha", { alpha: all.alpha }],
    ["/stable/constructor", { constructor: all.constructor }],
    ["/stable@latest/alpha", { alpha: newest.alpha }],
    ["/stable@latest-2/constructor", { constructor: newestTwo.constructor }],
    [`/stable@${newRevision}`, all],
    [`/stable@${newRevision}/alpha`, { alpha: all.alpha }],
  ])("%s/index.yaml is served from KV alone while R2 fails or hangs", async ([base, versions]) => {
    for (const bucket of [failing(env.BUCKET), hanging(env.BUCKET)]) {
      expect(versionsOf(await indexAt(under(env.KV, bucket), base))).toEqual(versions);
    }
  });

  test.for(["/stable@latest-2", "/stable@2026-11-02", "/stable@2026-11-21", `/stable@${oldRevision}`])(
    "%s/index.yaml is a 503 while R2 fails, and not another revision",
    async (base) => {
      const response = await under(env.KV, failing(env.BUCKET)).request(`${base}/index.yaml`);
      expect([response.status, response.headers.get("cache-control")]).toEqual([503, "no-store"]);
    },
  );

  test("@<revision> of the current one needs no history", async () => {
    const lost = under(env.KV, without(env.BUCKET, /history/));
    expect(versionsOf(await indexAt(lost, `/stable@${newRevision}`))).toEqual(all);
    expect(versionsOf(await indexAt(lost, "/stable@2026-11-21"))).toEqual(all);
    const response = await lost.request(`/stable@${oldRevision}/index.yaml`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("from 2026-11-20T12:00:00.500Z until now");
  });

  test("a snapshot whose documents are gone is a 404, and never another revision", async () => {
    const gone = new RegExp(oldRevision);
    const collected = under(without(env.KV, gone), without(env.BUCKET, gone));
    for (const path of ["/index.yaml", "/alpha/index.yaml", "/alpha-1.0.0.tgz"]) {
      const response = await collected.request(`/stable@2026-11-02${path}`);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain("history.json");
    }
  });

  test.for(["/stable@2026-11-02", `/stable@${oldRevision}`, "/api/stable@2026-11-02"])(
    "%s says the same of documents that are gone to HEAD, to who has them, and to GET",
    async (base) => {
      const below = base.startsWith("/api")
        ? ["/charts", "/charts?limit=1", "/charts/alpha", "/charts/alpha/1.0.0"]
        : ["/index.yaml", "/alpha/index.yaml"];
      const gone = new RegExp(`${oldRevision}/(?!contents)`); // of which an isolate may still know the contents
      const collected = under(without(env.KV, gone), without(env.BUCKET, gone));
      for (const path of below) {
        const there = await under(env.KV, env.BUCKET).request(`${base}${path}`, { method: "HEAD" });
        const etag = there.headers.get("etag") ?? "";
        const inits = [{}, { method: "HEAD" }, { headers: { "If-None-Match": etag } }];
        const answers = inits.map((init) => collected.request(`${base}${path}`, init));
        const statuses = (await Promise.all(answers)).map(({ status }) => status);
        expect({ path, etag, statuses }).toEqual({
          path,
          etag: expect.stringMatching(/^"/),
          statuses: [404, 404, 404],
        });
      }
    },
  );

  test("a chart's view is the current one where KV's head fell so far behind that its revision is gone", async () => {
    const { current: moved } = await storeTwoRevisions("moved");
    const behind = { ...moved.head, revision: "0d".repeat(16) };
    await env.KV.put(headKey("moved"), JSON.stringify(behind));
    const only = edgeUnderTest({ config: { repositories: { moved: repositoryConfig() } } });
    for (const base of ["/moved/alpha", "/moved@latest-2", "/moved@latest/alpha"]) {
      const response = await only.request(`${base}/index.yaml`);
      expect(response.headers.get("chartkeep-revision")).toBe(newRevision);
      expect(await response.json()).toMatchObject({ apiVersion: "v1" });
    }
  });

  test("a chart's view fails where the index is shorter than it should be, and never passes for whole", async () => {
    await storeTwoRevisions("cut");
    const only = edgeUnderTest({
      config: { repositories: { cut: repositoryConfig() } },
      kv: failing(env.KV),
    });
    const key = revisionKey("cut", newRevision, "index.json");
    const whole = await (await env.BUCKET.get(key))?.text();
    await env.BUCKET.put(key, whole?.slice(0, 700) ?? "");
    const response = await only.request("/cut/alpha/index.yaml");
    expect(response.status).toBe(503);
  });
});
