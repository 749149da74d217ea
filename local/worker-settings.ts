import type { MiniflareOptions } from "miniflare";
import { unstable_readConfig } from "wrangler";

export type WorkerSettings = Omit<MiniflareOptions["workers"][number]["config"], "manifest">;

/** The part of wrangler.toml that a local run follows. wrangler's own type for it comes without its parts. */
interface WranglerFile {
  name?: string;
  compatibility_date?: string;
  compatibility_flags: string[];
  kv_namespaces: { binding: string }[];
  r2_buckets: { binding: string }[];
  ratelimits: { name: string; namespace_id: string; simple: { limit: number; period: 10 | 60 } }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
}

/** What wrangler.toml says of the Worker, so that nothing has to be said twice: its date, flags and bindings. */
export function readWorkerSettings(wranglerFile: string): WorkerSettings {
  const wrangler: WranglerFile = unstable_readConfig({ config: wranglerFile }, { hideWarnings: true });
  const { name = "worker", compatibility_date: compatibilityDate } = wrangler;
  if (compatibilityDate === undefined) throw new Error(`${wranglerFile} has no compatibility_date`);
  const { bindings: objects } = wrangler.durable_objects;
  return {
    name,
    compatibilityDate,
    compatibilityFlags: wrangler.compatibility_flags,
    env: {
      ...keyed(wrangler.kv_namespaces, ({ binding }) => [binding, { type: "kv" as const, id: binding }]),
      ...keyed(wrangler.r2_buckets, ({ binding }) => [binding, { type: "r2" as const, name: binding }]),
      ...keyed(wrangler.ratelimits, ({ name: limit, namespace_id: namespace, simple }) => [
        limit,
        { type: "rate-limit" as const, namespace, simple },
      ]),
      ...keyed(objects, (object) => [
        object.name,
        { type: "durable-object" as const, worker: name, exportName: object.class_name },
      ]),
    },
    exports: keyed(objects, (object) => [
      object.class_name,
      { type: "durable-object" as const, storage: "sqlite" as const },
    ]),
  };
}

function keyed<T, V>(items: readonly T[], pair: (item: T) => [string, V]): Record<string, V> {
  return Object.fromEntries(items.map(pair));
}
