import { reads } from "./count-reads.ts"; // first: see there
import Bench from "./entry.ts";

export { Keeper } from "./entry.ts";

/** Tells what every request read. Counting takes time, so nothing else is measured here. */
export default class Counted extends Bench {
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/-bench/reads") return await super.fetch(request);
    return Response.json({ kv: reads.kv.splice(0), r2: reads.r2.splice(0) });
  }
}
