/** Thrown by a store that was told to fail. */
export class StoreFailure extends Error {
  override readonly name = "StoreFailure";
}

/**
 * A real store behind a counter: every operation is counted, and the ones that `fails` names throw,
 * before or after they took effect.
 */
export function failingStore<T extends object>(
  store: T,
  fails: (operation: number, key: unknown) => "before" | "after" | "no",
  counter: { operations: number },
): T {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (...parameters: unknown[]): Promise<unknown> => {
        counter.operations += 1;
        const when = fails(counter.operations, parameters[0]);
        if (when === "before") throw new StoreFailure(`operation ${counter.operations}: ${String(name)}`);
        const result: unknown = await Reflect.apply(method, target, parameters);
        if (when === "after")
          throw new StoreFailure(`after operation ${counter.operations}: ${String(name)}`);
        return result;
      };
    },
  });
}
