import { repositoryTag } from "../storage/cache-tag.ts";
import { openRevision, readHead } from "../storage/current-revision.ts";
import type { OpenDocument } from "../storage/documents.ts";
import type { Head } from "../storage/head.ts";
import { cachePolicy } from "../http/cache-policy.ts";
import { indexType } from "../http/content-types.ts";
import type { EdgeParts } from "./edge-parts.ts";
import { refuse } from "../http/errors.ts";
import { chooseForm, type IndexForm } from "./index-form.ts";
import { notModified } from "../http/preconditions.ts";
import { notPublishedYet } from "../http/refusals.ts";

/**
 * The full index: two storage reads, head and body; one where the client has it already or wants no body.
 *
 * @throws StorageUnavailable
 */
export async function serveIndex(
  { documents }: Pick<EdgeParts, "documents">,
  request: Request,
  repository: string,
): Promise<Response> {
  const head = await readHead(documents, repository);
  if (head === undefined) return refuse(request, notPublishedYet(repository));
  const form = chooseForm(request.headers.get("accept-encoding"), originalAcceptEncoding(request));
  const headers = headersOf(repository, head, form);
  const validators = { etag: etagOf(head, form), lastModified: publicationDate(head) };
  if (notModified(request.headers, validators)) return new Response(null, { status: 304, headers });
  if (request.method === "HEAD") return indexResponse(null, headers, sizeOf(head, form), form);
  const name = form.coding === "gzip" ? "index.json.gz" : "index.json";
  const opened = await openRevision(documents, repository, head, name);
  return indexResponse(
    opened.document.body,
    headersOf(repository, opened.head, form),
    opened.document.size ?? sizeOf(opened.head, form),
    form,
  );
}

function headersOf(repository: string, head: Head, form: IndexForm): Headers {
  const headers = new Headers({
    "Content-Type": indexType,
    ETag: etagOf(head, form),
    Vary: "Accept-Encoding",
    "Cache-Control": form.shared ? cachePolicy.index : cachePolicy.indexForOne,
    "Cache-Tag": repositoryTag(repository),
  });
  const published = publicationDate(head);
  if (published !== undefined) headers.set("Last-Modified", published.toUTCString());
  return headers;
}

/**
 * `encodeBody: "manual"`: the stored bytes are compressed already. The bodies of KV and R2 know their length;
 * a FixedLengthStream around them would say it once more, for a fifth of the CPU time of the whole request.
 */
function indexResponse(
  body: OpenDocument["body"] | null,
  headers: Headers,
  size: number,
  { coding }: IndexForm,
): Response {
  headers.set("Content-Length", String(size));
  if (coding === "gzip") headers.set("Content-Encoding", "gzip");
  return new Response(body, { headers, encodeBody: "manual" });
}

/** The forms are different bytes, so they have different strong tags. */
const etagOf = ({ revision }: Head, { coding }: IndexForm): string =>
  coding === "gzip" ? `"${revision}-gzip"` : `"${revision}"`;

const sizeOf = (head: Head, { coding }: IndexForm): number =>
  coding === "gzip" ? head.gzipBytes : head.bytes;

function publicationDate({ publishedAt }: Head): Date | undefined {
  const date = new Date(publishedAt);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function originalAcceptEncoding({ cf }: Request): string | undefined {
  const original: unknown = cf?.["clientAcceptEncoding"];
  return typeof original === "string" ? original : undefined;
}
