import { isOnPrivateNetwork } from "./private-host.ts";
import type { Reading } from "./reading.ts";
import { readHttpUrl } from "./source-url.ts";

const example = "https://hooks.example.com/chartkeep";

/** Reads the address of a webhook. Without TLS only where nobody else is on the way. */
export function readWebhookUrl(text: string): Reading<string> {
  const read = readHttpUrl(text, example);
  if ("problem" in read) return read;
  const { protocol, hostname, href } = read.value;
  if (protocol === "http:" && !isOnPrivateNetwork(hostname)) {
    return { problem: `notices would travel to ${hostname} in the clear; write https://` };
  }
  return { value: href };
}
