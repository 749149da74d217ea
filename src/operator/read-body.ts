/** The longest argument is a reason of some hundred characters, of four bytes each and more in escapes. */
const mostBytes = 16 * 1024;

export type Body = { kind: "json"; value: unknown } | { kind: "not-json" } | { kind: "too-large" };

/** A small JSON document; no more of it is read than may be in it. */
export async function readBody({ body }: Request): Promise<Body> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) return { kind: "too-large" };
    chunks.push(new Uint8Array(chunk));
  }
  try {
    return { kind: "json", value: JSON.parse(await new Blob(chunks).text()) };
  } catch {
    return { kind: "not-json" };
  }
}

export function isJson({ headers }: Request): boolean {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase() === "application/json";
}
