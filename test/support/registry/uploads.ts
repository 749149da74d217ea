import { randomUUID } from "node:crypto";
import type { Answer } from "../upstream/answer.ts";
import { type RepositoryContent, digestOf } from "./content.ts";
import { emptyAnswer, errorAnswer } from "./errors.ts";
import type { Ask } from "./route.ts";

/**
 * Pushes of blobs: POST and PUT, POST alone, or POST, PATCHes and PUT. A mount from another repository
 * (`?mount=`) is never done; the answer is then the one to a POST, as the specification allows.
 */
export class Uploads {
  readonly #parts = new Map<string, Uint8Array[]>();

  answer(ask: Ask, content: RepositoryContent): Answer {
    const { method, route, url, body } = ask;
    const digest = url.searchParams.get("digest");
    if (method === "POST" && route.reference === "") {
      return digest === null ? this.#begin(ask) : finish(ask, content, digest, body);
    }
    const parts = this.#parts.get(route.reference);
    if (parts === undefined) return errorAnswer("BLOB_UPLOAD_UNKNOWN");
    switch (method) {
      case "GET":
        return progress(204, ask, route.reference, parts);
      case "PATCH":
        return this.#continue(ask, parts);
      case "PUT":
        this.#parts.delete(route.reference);
        if (digest === null) return errorAnswer("DIGEST_INVALID");
        return finish(ask, content, digest, Buffer.concat([...parts, body]));
      case "DELETE":
        this.#parts.delete(route.reference);
        return emptyAnswer(204);
      default:
        return errorAnswer("UNSUPPORTED");
    }
  }

  #begin(ask: Ask): Answer {
    const upload = randomUUID();
    this.#parts.set(upload, []);
    return progress(202, ask, upload, []);
  }

  #continue(ask: Ask, parts: Uint8Array[]): Answer {
    const from = /^(\d+)-\d+$/.exec(ask.headers["content-range"] ?? "")?.[1];
    if (from !== undefined && Number(from) !== sizeOf(parts)) {
      return progress(416, ask, ask.route.reference, parts);
    }
    parts.push(ask.body);
    return progress(202, ask, ask.route.reference, parts);
  }
}

const sizeOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((size, part) => size + part.byteLength, 0);

function progress(status: number, { url, route }: Ask, upload: string, parts: readonly Uint8Array[]): Answer {
  return emptyAnswer(status, {
    location: `${url.origin}/v2/${route.repository}/blobs/uploads/${upload}`,
    range: `0-${Math.max(0, sizeOf(parts) - 1)}`,
    "docker-upload-uuid": upload,
  });
}

function finish({ url, route }: Ask, content: RepositoryContent, digest: string, bytes: Uint8Array): Answer {
  if (digestOf(bytes) !== digest) return errorAnswer("DIGEST_INVALID");
  content.blobs.set(digest, bytes);
  const location = `${url.origin}/v2/${route.repository}/blobs/${digest}`;
  return emptyAnswer(201, { location, "docker-content-digest": digest });
}
