import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import { qualities } from "./quality.ts";
import { internalError, storageFailing, type Refusal } from "./refusals.ts";
import { wholeResponse } from "./whole-response.ts";

/**
 * The one place where a refusal becomes HTTP: text for people, or
 * `{"error": {"code", "message"}}` for who prefers JSON.
 */
export function refuse(request: Request, { status, code, message, headers }: Refusal): Response {
  const asJson = prefersJson(request.headers.get("accept"));
  const body = asJson ? JSON.stringify({ error: { code, message } }) : message;
  return wholeResponse(`${body}\n`, status, {
    ...headers,
    "Content-Type": asJson ? "application/json" : "text/plain; charset=utf-8",
    Vary: "Accept",
  });
}

/** A refusal as ChartMuseum words it, `{"error": <message>}`, whatever the client accepts. */
export function refuseAsApi(_request: Request, { status, message, headers }: Refusal): Response {
  const body = JSON.stringify({ error: message });
  return wholeResponse(`${body}\n`, status, { ...headers, "Content-Type": "application/json" });
}

/** What went wrong below becomes a refusal that tells nothing about it; the cause belongs in the log. */
export function refusalOf(error: unknown): Refusal {
  return error instanceof StorageUnavailable ? storageFailing() : internalError();
}

/** Only who names JSON prefers it: curl and Helm say nothing or take everything, browsers name HTML. */
function prefersJson(accept: string | null): boolean {
  const weights = qualities(accept);
  const text = Math.max(weights.get("text/plain") ?? 0, weights.get("text/html") ?? 0);
  return (weights.get("application/json") ?? 0) > text;
}
