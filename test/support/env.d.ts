import type { Ledgers } from "./worker.ts";

declare global {
  namespace Cloudflare {
    /** What vitest.config.ts binds for the tests inside workerd, beside the Worker's own bindings. */
    interface Env {
      LEDGERS: DurableObjectNamespace<Ledgers>;
    }
  }
}

declare module "vitest" {
  interface ProvidedContext {
    /** From vitest.config.ts. */
    thorough: boolean;
    seed: number;
  }
}
