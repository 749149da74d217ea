import { type Break, type StoreCall, brokenStore } from "../support/broken-store.ts";

/** In whatever a store throws that is told to fail. */
export const refusal = "the store refuses: over its limit";

const fails = (call: StoreCall): never => {
  throw new Error(`${call.method} ${String(call.key)}: ${refusal}`);
};

export const forGood: Break = async (call) => fails(call);

export const slowly: Break = async (call) => {
  await scheduler.wait(20);
  return await call.proceed();
};

export const never: Break = async () => await new Promise(() => undefined);

export const onlyFor =
  (methods: readonly string[], breaks: Break): Break =>
  async (call) =>
    methods.includes(call.method) ? await breaks(call) : await call.proceed();

/** Calls whose key ends so. */
export const onlyAt =
  (end: string, breaks: Break): Break =>
  async (call) =>
    String(call.key).endsWith(end) ? await breaks(call) : await call.proceed();

/** The first so many calls. */
export function first(count: number, breaks: Break): Break {
  let seen = 0;
  return async (call) => {
    seen += 1;
    return seen <= count ? await breaks(call) : await call.proceed();
  };
}

/** Of documents that are uploaded in parts, no part is taken. */
export const noParts: Break = onlyFor(["createMultipartUpload"], async (call) => {
  const upload = await call.proceed();
  if (typeof upload !== "object" || upload === null) throw new Error("no upload");
  return brokenStore(upload, onlyFor(["uploadPart"], forGood));
});

/** Of documents of a revision: the body ends in an error behind its first half. */
export const half: Break = async (call) => {
  const object = await call.proceed();
  if (typeof object !== "object" || object === null || !("body" in object)) return object;
  if (!(object.body instanceof ReadableStream) || !String(call.key).includes("/revisions/")) return object;
  const bytes = new Uint8Array(await new Response(object.body).arrayBuffer());
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes.subarray(0, bytes.byteLength / 2));
      controller.error(new Error(`get ${String(call.key)}: ${refusal}`));
    },
  });
  return { ...object, size: bytes.byteLength, body };
};

/** Gives of each key what it gave when it was asked for the first time, whatever is written since. */
export function asAtFirst(): Break {
  const given = new Map<unknown, unknown>();
  return async ({ key, proceed }) => {
    if (!given.has(key)) {
      const value = await proceed();
      given.set(key, value instanceof ReadableStream ? await new Response(value).blob() : value);
    }
    const value = given.get(key);
    return value instanceof Blob ? value.stream() : value;
  };
}

/** Says of revisions for which it was not asked while they were the only ones that nothing is there. */
export function absentIfNew(): Break {
  const known = new Set<unknown>();
  let isMoved = false;
  let head: unknown;
  return async ({ key, proceed }) => {
    if (String(key).endsWith("/head")) {
      const now = await proceed();
      head ??= now;
      isMoved ||= now !== head;
      return now;
    }
    if (!isMoved) known.add(key);
    return known.has(key) ? await proceed() : null;
  };
}

/** A call that does not come back, and what comes with it: the platform ends the unit that made it. */
export function firstHangs(): { breaks: Break; hangs: Promise<void> } {
  let told = (): void => undefined;
  const hangs = new Promise<void>((resolve) => (told = resolve));
  const breaks = first(1, async (call) => {
    told();
    return await never(call);
  });
  return { breaks, hangs };
}
