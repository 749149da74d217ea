import { UsageError } from "./usage-error.ts";

/** Where `npm start` serves. */
export const defaultMirror = "http://127.0.0.1:8790";

/**
 * The address of a mirror, without anything behind its host. What is not https:// must be on this machine: the
 * token would be readable to everybody on the way.
 *
 * @throws {UsageError}
 */
export function readMirrorAddress(text: string): URL {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) {
    throw new UsageError(
      `${text} is not an https:// or http:// address; write one like https://charts.example.com`,
    );
  }
  if (
    url.username !== "" ||
    url.password !== "" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.pathname !== "/"
  ) {
    throw new UsageError(`${text} has more than a host; write the mirror's own address: ${url.origin}`);
  }
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) {
    throw new UsageError(
      `${text} is not https://, so anybody on the way could read the token; http:// works on this machine alone`,
    );
  }
  return url;
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
