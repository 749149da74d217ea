import type { Answer } from "../upstream/answer.ts";
import { emptyAnswer } from "./errors.ts";

/** A blob, or one range of it (RFC 9110 section 14); several ranges are answered with the whole. */
export function blobAnswer(digest: string, bytes: Uint8Array, range: string | undefined): Answer {
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
    etag: `"${digest}"`,
  };
  const found = /^bytes=(\d*)-(\d*)$/.exec(range ?? "");
  if (found === null || found[0] === "bytes=-") return whole(bytes, headers);
  const [, from = "", to = ""] = found;
  const size = bytes.byteLength;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size : Math.min(size, Number(to) + 1);
  if (start >= size || end <= start) return emptyAnswer(416, { "content-range": `bytes */${size}` });
  const part = { "content-range": `bytes ${start}-${end - 1}/${size}` };
  return { ...whole(bytes.subarray(start, end), { ...headers, ...part }), status: 206 };
}

const whole = (body: Uint8Array, headers: Record<string, string>): Answer => ({
  status: 200,
  headers: { ...headers, "content-length": String(body.byteLength) },
  body,
});
