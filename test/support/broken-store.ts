/** One call of a store: the method, its first argument, and what would happen if nothing were wrong. */
export interface StoreCall {
  method: string;
  key: unknown;
  proceed: () => Promise<unknown>;
}

/** Answers in its own way, or lets the call happen. */
export type Break = (call: StoreCall) => Promise<unknown>;

/** A real store, every call of which goes through `breaks`. */
export function brokenStore<T extends object>(store: T, breaks: Break): T {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (...parameters: unknown[]): Promise<unknown> =>
        await breaks({
          method: String(name),
          key: parameters[0],
          proceed: async () => await Reflect.apply(method, target, parameters),
        });
    },
  });
}
