import { failingStore } from "../support/failing-store.ts";

/** When an isolate dies: at so many operations on what lies outside of it, before or after the last takes effect. */
export interface Death {
  operation: number;
  when: "before" | "after";
}

/**
 * The life of an isolate, as its stores see it. Once it is dead nothing that its code still does has any effect,
 * whatever that code catches; what was on its way to a store may still arrive there. It dies between two requests
 * only: the platform commits what is written to SQLite without waiting in between as one.
 */
export class Isolate {
  isDead = false;
  readonly #death: Death | undefined;
  readonly #counter = { operations: 0 };
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(death?: Death) {
    this.#death = death;
  }

  /** A store, or anything with methods that ask somebody outside, as this isolate reaches it. */
  reach<T extends object>(store: T): T {
    return failingStore(this.#tracked(store), (operation) => this.#fate(operation), this.#counter);
  }

  /** The Durable Object's storage: it is inside, and fails only when there is nobody left to use it. */
  storage(storage: DurableObjectStorage): DurableObjectStorage {
    const alive = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (from, name) => {
          const value: unknown = Reflect.get(from, name, from);
          if (name === "sql" && typeof value === "object" && value !== null) return alive(value);
          if (typeof value !== "function") return value;
          return (...parameters: unknown[]): unknown => {
            if (this.isDead) throw new Error("this isolate is dead");
            return Reflect.apply(value, from, parameters);
          };
        },
      });
    return alive(storage);
  }

  /** Once everything has arrived that was on its way. */
  async rest(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #fate(operation: number): "before" | "after" | "no" {
    if (this.isDead) return "before";
    if (operation !== this.#death?.operation) return "no";
    this.isDead = true;
    return this.#death.when;
  }

  #tracked<T extends object>(store: T): T {
    return new Proxy(store, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...parameters: unknown[]): unknown => {
          const request = Promise.resolve(Reflect.apply(method, target, parameters));
          this.#underWay.add(request);
          const arrived = (): void => void this.#underWay.delete(request);
          request.then(arrived, arrived);
          return request;
        };
      },
    });
  }
}
