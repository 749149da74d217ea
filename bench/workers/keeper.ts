import { Ledger } from "../../src/keeper/ledger.ts";
import { publish } from "../../src/keeper/publish.ts";
import { RevisionStore } from "../../src/storage/revision-store.ts";
import { Keeper as RealKeeper } from "../../src/worker.ts";
import { counting } from "../../test/support/watched-stores.ts";
import { swallowingUploads } from "./swallow-uploads.ts";
import { fillListing } from "./fill-listing.ts";

/** Can also be told what to do, one thing at a time, and tells what it did to the stores. */
export class Keeper extends RealKeeper {
  /** `put repositories/bench/status`, … */
  readonly #operations: string[];
  readonly #mode: { readsOnly: boolean };

  constructor(state: DurableObjectState, bindings: Env) {
    const operations: string[] = [];
    const mode = { readsOnly: false };
    super(state, {
      ...bindings,
      BUCKET: swallowingUploads(counting(bindings.BUCKET, operations), () => mode.readsOnly),
      KV: counting(bindings.KV, operations),
    });
    this.#operations = operations;
    this.#mode = mode;
  }

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
      case "operations":
        return Response.json(this.#operations.splice(0));
      case "age":
        this.#age(Number(searchParams.get("tags")));
        return new Response("aged");
      case "evict":
        await this.ctx.storage.sync();
        this.ctx.abort("evicted");
        return new Response("evicted");
      case "fill":
        await fillListing(ledger, this.ctx.storage.sql, Number(searchParams.get("versions")));
        return new Response("filled");
      case "publish":
        return Response.json({ moved: await this.#publish(ledger) });
      default:
        return new Response("no such action", { status: 404 });
    }
  }

  /** So many tags were read so long ago that they are to be looked at again. */
  #age(tags: number): void {
    this.ctx.storage.sql.exec(
      `UPDATE tag SET recheck = 0 WHERE (source, chart, tag) IN
       (SELECT source, chart, tag FROM tag WHERE recheck IS NOT NULL ORDER BY recheck LIMIT ?)`,
      tags,
    );
  }

  /** One chain of alarms, until the next one lies in the far future. */
  async #sync(ledger: Ledger, repository: string, readOnly: boolean): Promise<void> {
    const { storage } = this.ctx;
    this.#mode.readsOnly = readOnly;
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
      config: { sources: [] },
      isFilling: () => false,
      ledger,
      store: new RevisionStore(this.env.BUCKET, this.env.KV, "publishing"),
      now: () => Date.now(),
      log: () => {},
    });
  }
}
