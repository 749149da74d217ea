import { stripVTControlCharacters } from "node:util";
import { plainText } from "./plain-text.ts";

/**
 * workerd's own account of a connection that failed. The Worker gets the same failure as an exception, and
 * the state of the source says it in words.
 */
const connectionNoise =
  /lookup address|openssl|tls\.c\+\+|connection (refused|reset)|network connection lost/i;

/** What of the log is news to somebody who sees the status as well: things that should not happen. */
export function tellLog(log: { level: string; message: string }): string | undefined {
  const [line = ""] = stripVTControlCharacters(log.message).split("\n");
  if (log.level === "warn" || log.level === "error") {
    return connectionNoise.test(line) ? undefined : plainText(`${log.level}: ${line}`);
  }
  const event = eventOf(log.message);
  if (event?.event === "unit-failed" || event?.event === "kv-behind") {
    return plainText(`${event.repository}: ${event.event}: ${event.message}`);
  }
  if (event?.event === "operator-token-not-valid") return plainText(`OPERATOR_TOKEN: ${event.message}`);
  return undefined;
}

interface LoggedEvent {
  event: string;
  repository: string;
  message: string;
}

function eventOf(message: string): LoggedEvent | undefined {
  if (!message.startsWith("{")) return undefined;
  try {
    const event: Partial<LoggedEvent> = JSON.parse(message);
    return { event: event.event ?? "", repository: event.repository ?? "", message: event.message ?? "" };
  } catch {
    return undefined; // somebody's text that begins like JSON
  }
}
