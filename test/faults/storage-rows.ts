import type { Break, StoreCall } from "../support/broken-store.ts";

/** A way in which KV or R2 fails, seen by the Keeper, or by readers, or by both. */
export interface StorageRow {
  name: string;
  /** Which of them, and how. */
  kv?: Break;
  bucket?: Break;
  /** Whom it happens to. */
  seenBy: "the Keeper" | "readers" | "both";
  /** Where the Keeper says so: in the failure of its unit, or in an event of its log. */
  told: "unit-failed" | "kv-behind" | "status-failed" | "nowhere";
}

const refused = "the store refuses: over its limit";

const fails = (call: StoreCall): never => {
  throw new Error(`${call.method} ${String(call.key)}: ${refused}`);
};

const onlyFor =
  (methods: readonly string[], breaks: Break): Break =>
  async (call) =>
    methods.includes(call.method) ? await breaks(call) : await call.proceed();

/** The first so many calls. */
function first(count: number, breaks: Break): Break {
  let seen = 0;
  return async (call) => {
    seen += 1;
    return seen <= count ? await breaks(call) : await call.proceed();
  };
}

const forGood: Break = async (call) => fails(call);
const slowly: Break = async (call) => {
  await scheduler.wait(20);
  return await call.proceed();
};

/** The Keeper's operations on each store, and how a failure of each is told. */
const operations: [store: "bucket" | "kv", method: string, told: StorageRow["told"]][] = [
  ["bucket", "get", "unit-failed"],
  ["bucket", "put", "unit-failed"],
  ["kv", "put", "kv-behind"],
];

const store = { bucket: "R2", kv: "KV" } as const;

/** A row made anew for every run: some count. */
export const storageRows = (): StorageRow[] => [
  ...operations.flatMap(([where, method, told]): StorageRow[] => {
    const row = (how: string, breaks: Break, says = told): StorageRow => ({
      name: `${store[where]}: ${method} ${how}`,
      [where]: onlyFor([method], breaks),
      seenBy: "the Keeper",
      told: says,
    });
    return [
      row("fails once", first(1, forGood)),
      row("fails a few times", first(3, forGood)),
      row("fails until it is mended", forGood),
      row("is slow", slowly, "nowhere"),
    ];
  }),
  {
    name: "R2 is full: it refuses whatever is written, and gives what is there",
    bucket: onlyFor(["put", "createMultipartUpload"], forGood),
    seenBy: "both",
    told: "unit-failed",
  },
  {
    name: "R2 refuses the status alone",
    bucket: onlyFor(["put"], async (call) =>
      String(call.key).endsWith("/status") ? fails(call) : await call.proceed(),
    ),
    seenBy: "the Keeper",
    told: "status-failed",
  },
  {
    name: "R2 gives half of a document, then fails",
    bucket: onlyFor(["get"], half),
    seenBy: "the Keeper",
    told: "kv-behind",
  },
  { name: "KV fails in everything", kv: forGood, seenBy: "both", told: "kv-behind" },
  { name: "KV is slow", kv: slowly, seenBy: "both", told: "nowhere" },
  {
    name: "KV does not answer",
    kv: async () => await new Promise(() => undefined),
    seenBy: "readers",
    told: "nowhere",
  },
  {
    name: "KV says that nothing is there",
    kv: onlyFor(["get"], async () => null),
    seenBy: "readers",
    told: "nowhere",
  },
  {
    name: "KV gives a page in place of the head",
    kv: onlyFor(["get"], async (call) =>
      String(call.key).endsWith("/head") ? new Response("<html>").body : await call.proceed(),
    ),
    seenBy: "readers",
    told: "nowhere",
  },
  { name: "R2 fails for readers' first call", bucket: first(1, forGood), seenBy: "readers", told: "nowhere" },
];

/** The body ends in an error behind its first half. */
async function half(call: StoreCall): Promise<unknown> {
  const object = await call.proceed();
  if (typeof object !== "object" || object === null || !("body" in object)) return object;
  if (!(object.body instanceof ReadableStream) || !String(call.key).includes("/revisions/")) return object;
  const bytes = new Uint8Array(await new Response(object.body).arrayBuffer());
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes.subarray(0, bytes.byteLength / 2));
      controller.error(new Error(`get ${String(call.key)}: ${refused}`));
    },
  });
  return { ...object, size: bytes.byteLength, body };
}
