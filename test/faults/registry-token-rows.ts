import { outage } from "../support/faults/fault-row.ts";
import { type Fault, hang, htmlPage, rateLimited, resetAfter, status } from "../support/upstream/faults.ts";
import { type RegistryRow, answered, day } from "./registry-scene.ts";

/** A registry that wants a token, whose service has none to give. */
export const tokenRows: readonly RegistryRow[] = [
  row("a token service with status 500", status(500), "http-status", /token: status 500/),
  row("a token service with status 404", status(404), "http-status", /token: status 404/),
  row("a token service with status 401", status(401), "unauthorized", /token: status 401/),
  row("a token service with status 403", status(403), "refused", /token: status 403/),
  row("a token service with status 429", rateLimited(1), "rate-limited", /token: status 429/),
  row("a token service that is a page", htmlPage(), "malformed-answer", /status 200, but no token/),
  row("a token service whose connections are reset", resetAfter(0), "unreachable", /token: /),
  row("a token service that does not answer", hang(), "timeout", /token: no complete answer in time/),
];

function row(name: string, fault: Fault, code: string, message: RegExp): RegistryRow {
  return {
    name,
    breaks: async (registry, place) => {
      await answered("tokens", fault)(registry, place);
      await place.mirror.later(day); // the token that it has is no good any more
    },
    told: outage(code, message),
    mirrored: { auth: { kind: "token" } },
  };
}
