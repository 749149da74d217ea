import { parse } from "yaml";
import { Ledger } from "../../src/keeper/ledger.ts";
import { publish } from "../../src/keeper/publish.ts";
import { archiveKey, headKey, revisionKey } from "../../src/storage/keys.ts";
import { RevisionStore } from "../../src/storage/revision-store.ts";
import Chartkeep, { Keeper as RealKeeper } from "../../src/worker.ts";

/**
 * The Worker as it is, and beside it what it is measured against: the same storage reads and nothing else,
 * the same requests and nothing else, the same document through `yaml`.
 */
export default class Bench extends Chartkeep {
  override async fetch(request: Request): Promise<Response> {
    const { env } = this;
    const { pathname, searchParams } = new URL(request.url);
    const [, bench, what = "", repository = ""] = pathname.split("/");
    if (bench !== "-bench") return await super.fetch(request);
    switch (what) {
      case "yaml":
        return await parseWhole(searchParams.get("url") ?? "");
      case "fetch":
        return await fetchAll(await request.json<string[]>(), () => Promise.resolve());
      case "fetch-and-store":
        return await fetchAll(await request.json<string[]>(), async (bytes, url) => {
          await env.BUCKET.put(`plain/${url}`, bytes);
        });
      case "index":
        return await bareIndex(env, repository);
      case "archive":
        return await bareArchive(env, repository);
      case "keeper":
        return await env.KEEPER.getByName(repository).fetch(request);
      default:
        return new Response("no such measurement", { status: 404 });
    }
  }
}

/** What one would write in an afternoon. */
async function parseWhole(url: string): Promise<Response> {
  const index: unknown = parse(await (await fetch(url)).text());
  const entries = typeof index === "object" && index !== null && "entries" in index ? index.entries : {};
  return Response.json({ charts: Object.keys(entries ?? {}).length });
}

/** Plain requests, six at a time, as many as the Keeper has open. */
async function fetchAll(
  urls: string[],
  use: (bytes: ArrayBuffer, url: string) => Promise<void>,
): Promise<Response> {
  let next = 0;
  let bytes = 0;
  const lane = async (): Promise<void> => {
    for (let url = urls[next]; url !== undefined; url = urls[next]) {
      next += 1;
      const response = await fetch(url);
      const body = await response.arrayBuffer();
      bytes += body.byteLength;
      if (response.ok) await use(body, url);
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  return Response.json({ bytes });
}

async function bareIndex(env: Env, repository: string): Promise<Response> {
  const head = await env.KV.get<{ revision: string; bytes: number }>(headKey(repository), {
    type: "json",
    cacheTtl: 30,
  });
  if (head === null) return new Response(null, { status: 404 });
  const key = revisionKey(repository, head.revision, "index.json");
  const body = await env.KV.get(key, { type: "stream", cacheTtl: 3600 });
  if (body === null) return new Response(null, { status: 404 });
  const { readable, writable } = new FixedLengthStream(head.bytes);
  void body.pipeTo(writable);
  return new Response(readable, { headers: { etag: `"${head.revision}"` } });
}

async function bareArchive(env: Env, digest: string): Promise<Response> {
  const object = await env.BUCKET.get(archiveKey(digest));
  if (object === null) return new Response(null, { status: 404 });
  return new Response(object.body, { headers: { etag: object.httpEtag } });
}

/** Can also be told what to do, one thing at a time. */
export class Keeper extends RealKeeper {
  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, , , repository = "", action = ""] = pathname.split("/");
    const ledger = new Ledger(this.ctx.storage);
    switch (action) {
      case "status":
        return Response.json(this.status(repository));
      case "sync":
        await this.#sync(ledger, repository, searchParams.has("read-only"));
        return new Response("in step");
      case "fill":
        await fill(ledger, this.ctx.storage.sql, Number(searchParams.get("versions")));
        return new Response("filled");
      case "publish":
        return Response.json({ moved: await this.#publish(ledger) });
      default:
        return new Response("no such action", { status: 404 });
    }
  }

  /** One chain of alarms, until the next one lies in the far future. */
  async #sync(ledger: Ledger, repository: string, readOnly: boolean): Promise<void> {
    const { storage } = this.ctx;
    if (readOnly) ledger.remember("copy-pause", Number.POSITIVE_INFINITY);
    storage.sql.exec("UPDATE source SET next_check = 0");
    await storage.deleteAlarm();
    await this.poke(repository);
    for (;;) {
      await scheduler.wait(10);
      const alarm = await storage.getAlarm();
      if (alarm !== null && alarm > Date.now() + 3_600_000) return;
    }
  }

  async #publish(ledger: Ledger): Promise<boolean> {
    ledger.remember("unlisted-changes", 1);
    return await publish({
      repository: "publishing",
      ledger,
      store: new RevisionStore(this.env.BUCKET, this.env.KV, "publishing"),
      now: () => Date.now(),
      log: () => {},
    });
  }
}

/** Lines of 2,000 bytes, a hundred charts. */
async function fill(ledger: Ledger, sql: SqlStorage, versions: number): Promise<void> {
  const known = ledger.listing.hashes().length;
  for (let index = known; index < known + versions; index += 1) {
    const chart = `chart-${index % 100}`;
    const version = `1.${Math.floor(index / 100)}.0`;
    const digest = index.toString(16).padStart(64, "0");
    const urls = [`charts/${digest}/${chart}-${version}.tgz`];
    const entry = { name: chart, version, description: `${index} `.repeat(300), urls, digest };
    const line = new TextEncoder().encode(JSON.stringify(entry));
    const hash = await crypto.subtle.digest("SHA-256", line);
    sql.exec(
      `INSERT INTO release (chart, version, sort_key, name, digest, line, line_hash, addresses, state, listed, first_seen)
       VALUES (?, ?, ?, ?, ?, ?, ?, '[]', 'stored', 1, 0)`,
      chart,
      version,
      String(index).padStart(8, "0"),
      chart,
      digest,
      line,
      hash,
    );
  }
}
