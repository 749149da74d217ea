/** What vitest.config.ts binds for the tests inside workerd, beside the Worker's own bindings. */
declare namespace Cloudflare {
  interface Env {
    LEDGERS: DurableObjectNamespace<import("./worker.ts").Ledgers>;
  }
}
