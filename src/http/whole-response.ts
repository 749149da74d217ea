/** An answer held in memory. Its length is always said, so that HEAD says it too. */
export function wholeResponse(text: string, status: number, headers: Record<string, string>): Response {
  const bytes = new TextEncoder().encode(text);
  return new Response(bytes, {
    status,
    headers: { ...headers, "Content-Length": String(bytes.byteLength) },
  });
}
