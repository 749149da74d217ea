import { DurableObject } from "cloudflare:workers";

/** Gives the tests a Durable Object's storage; they run what they test in it with `runInDurableObject`. */
export class Ledgers extends DurableObject {
  /** The tests call what an alarm would call; the platform only has to let them be set. */
  override async alarm(): Promise<void> {}
}

/** The Worker that the tests inside workerd run beside; they import what they test. */
export default {
  fetch: () => new Response("test"),
} satisfies ExportedHandler;
