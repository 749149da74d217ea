import { parse } from "yaml";

/** What one would write in an afternoon. */
export async function parseWhole(url: string): Promise<Response> {
  const index: unknown = parse(await (await fetch(url)).text());
  const entries = typeof index === "object" && index !== null && "entries" in index ? index.entries : {};
  return Response.json({ charts: Object.keys(entries ?? {}).length });
}

/** A registry hides a manifest from whoever does not name its type; other servers do not care. */
const accept = "application/vnd.oci.image.manifest.v1+json, */*";

/** Plain requests, six at a time, as many as the Keeper has open. */
export async function fetchAll(
  urls: string[],
  use: (bytes: ArrayBuffer, url: string) => Promise<void>,
): Promise<Response> {
  let next = 0;
  let bytes = 0;
  let refused = 0;
  const lane = async (): Promise<void> => {
    for (let url = urls[next]; url !== undefined; url = urls[next]) {
      next += 1;
      const response = await fetch(url, { headers: { accept } });
      const body = await response.arrayBuffer();
      bytes += body.byteLength;
      if (response.ok) await use(body, url);
      else refused += 1;
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  return Response.json({ bytes, refused });
}
