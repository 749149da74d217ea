import type { Fetch } from "../../src/upstream/bounded-fetch.ts";
import { sourceUrl } from "../support/keeper-harness.ts";
import { type Asked, faults } from "./faults.ts";
import { indexText, type Model } from "./model.ts";

const signature = "-----BEGIN PGP SIGNED MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\n";

/** The web server that the model describes, at the end of `fetch`. */
export const upstreamOf =
  (model: Model): Fetch =>
  async (url, init) => {
    const asked = find(model, url.slice(sourceUrl.length + 1));
    const faulty = model.fault === undefined ? undefined : faults[model.fault](asked);
    if (faulty !== undefined) return faulty;
    if (asked.body === undefined) return new Response("not found", { status: 404 });
    const etag = `"${await digestOf(asked.body)}"`;
    if (new Headers(init.headers).get("if-none-match") === etag) return new Response(null, { status: 304 });
    return new Response(asked.body, { headers: { etag, "content-length": `${asked.body.byteLength}` } });
  };

function find(model: Model, path: string): Asked {
  if (path === "index.yaml") {
    return { isIndex: true, isUnverified: false, body: bytesOf(indexText(model)) };
  }
  const file = decodeURIComponent(path).replace(/\.prov$/, "");
  const published = [...model.upstream.values()].find(
    ({ chart, version }) => `${chart}-${version}.tgz` === file,
  );
  if (published === undefined) return { isIndex: false, isUnverified: false, body: undefined };
  const isUnverified = published.digest === undefined;
  if (!path.endsWith(".prov")) return { isIndex: false, isUnverified, body: published.bytes };
  return { isIndex: false, isUnverified, body: published.isSigned ? bytesOf(signature) : undefined };
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
