import { env } from "cloudflare:workers";
import { type ReadLog, counting } from "../../test/support/watched-stores.ts";

/** What was read of each store since it was asked last. */
export const reads: { kv: ReadLog; r2: ReadLog } = { kv: [], r2: [] };

// The Worker takes its stores out of this object when its module is evaluated, which must be after this one.
env.KV = counting(env.KV, reads.kv);
env.BUCKET = counting(env.BUCKET, reads.r2);
