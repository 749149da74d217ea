import Chartkeep from "../../src/worker.ts";
import { bareAnswer } from "./bare.ts";
import { fetchAll, parseWhole } from "./plain-requests.ts";

export { Keeper } from "./keeper.ts";

/**
 * The Worker as it is, and beside it what it is measured against: the same storage reads and nothing else,
 * the same requests and nothing else, the same document through `yaml`.
 */
export default class Bench extends Chartkeep {
  override async fetch(request: Request): Promise<Response> {
    if (!request.url.includes("/-bench/")) return await super.fetch(request);
    const { env } = this;
    const { pathname, searchParams } = new URL(request.url);
    const [, , what = "", ...rest] = pathname.split("/");
    switch (what) {
      case "yaml":
        return await parseWhole(searchParams.get("url") ?? "");
      case "fetch":
        return await fetchAll(await request.json<string[]>(), () => Promise.resolve());
      case "fetch-and-store":
        return await fetchAll(await request.json<string[]>(), async (bytes, url) => {
          await env.BUCKET.put(`plain/${url}`, bytes);
        });
      case "bare":
        return await bareAnswer(env, rest);
      case "keeper":
        return await env.KEEPER.getByName(rest[0] ?? "").fetch(request);
      default:
        return new Response("no such measurement", { status: 404 });
    }
  }
}
