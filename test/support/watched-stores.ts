type Reading = { get: unknown; head?: unknown };

/** What was read, as `get <key>` and `head <key>`, in order. */
export type ReadLog = string[];

/** The same store, with every read of it written down. */
export function counting<T extends Reading>(store: T, log: ReadLog): T {
  return intercepting(store, (method, key) => {
    log.push(`${method} ${key}`);
    return undefined;
  });
}

/** The same store, of which every read fails. */
export function failing<T extends Reading>(store: T): T {
  return intercepting(store, () => Promise.reject(new Error("the store is down")));
}

/** The same store, of which every read of the keys that match fails. */
export function failingAt<T extends Reading>(store: T, pattern: RegExp): T {
  return intercepting(store, (_, key) =>
    pattern.test(key) ? Promise.reject(new Error("the store is down")) : undefined,
  );
}

/** The same store, of which no read ever settles. */
export function hanging<T extends Reading>(store: T): T {
  return intercepting(store, () => new Promise(() => undefined));
}

/** The same store, as if it had nothing under the keys that match. */
export function without<T extends Reading>(store: T, pattern: RegExp): T {
  return intercepting(store, (_, key) => (pattern.test(key) ? Promise.resolve(null) : undefined));
}

/** `instead` gets method and key, and returns what to answer with, or `undefined` to let the call through. */
function intercepting<T extends Reading>(
  store: T,
  instead: (method: string, key: string) => Promise<unknown> | undefined,
): T {
  return new Proxy(store, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== "function") return member;
      return (key: string, ...rest: unknown[]): unknown =>
        instead(String(property), key) ?? Reflect.apply(member, target, [key, ...rest]);
    },
  });
}
