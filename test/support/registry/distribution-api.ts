import type { Answer } from "../upstream/answer.ts";
import { refusalOf } from "./access.ts";
import type { BlobStorage } from "./blob-storage.ts";
import { blobAnswer } from "./bytes-answer.ts";
import type { RegistryContent, RepositoryContent } from "./content.ts";
import { emptyAnswer, errorAnswer, jsonAnswer } from "./errors.ts";
import type { ManifestLimit } from "./manifest-limit.ts";
import { manifestAnswer } from "./manifest-requests.ts";
import { mediaTypes } from "./media-types.ts";
import type { RegistrySettings } from "./options.ts";
import { pageOf } from "./page.ts";
import type { Ask } from "./route.ts";
import type { TokenService } from "./token-service.ts";
import type { Uploads } from "./uploads.ts";

export interface ApiParts {
  settings: RegistrySettings;
  content: RegistryContent;
  tokens: TokenService;
  uploads: Uploads;
  limit: ManifestLimit;
  storage: BlobStorage;
  /** Origin of the storage, and where tokens are given: known once the servers listen. */
  addresses: () => { storage: string; realm: string };
}

/** What the registry answers to a request that reaches it at its own origin. */
export function apiAnswer(ask: Ask, parts: ApiParts): Answer {
  const { settings, tokens, content } = parts;
  const { kind, repository } = ask.route;
  if (kind === "token" && settings.auth.kind === "token" && settings.auth.service !== "origin") {
    return tokens.answer(ask, settings.auth);
  }
  const refusal = refusalOf(ask, { settings, tokens, realm: () => parts.addresses().realm });
  if (refusal !== undefined) return refusal;
  if (kind === "ping") return jsonAnswer({}, 200, { "docker-distribution-api-version": "registry/2.0" });
  if (kind === "catalog") return listing(ask, "repositories", content.names, parts);
  if (repository === "") return errorAnswer("UNSUPPORTED", { status: 404 });
  const writes = ask.method === "POST" || ask.method === "PUT";
  const found = writes ? content.ensure(repository) : content.find(repository);
  return found === undefined ? unknownAnswer(settings) : repositoryAnswer(ask, found, parts);
}

/** A token service has said what it had to say about packages that it conceals. */
const unknownAnswer = ({ auth, unknownPackage }: RegistrySettings): Answer =>
  errorAnswer(auth.kind !== "token" && unknownPackage === 403 ? "DENIED" : "NAME_UNKNOWN");

function repositoryAnswer(ask: Ask, content: RepositoryContent, parts: ApiParts): Answer {
  const { kind, repository } = ask.route;
  if (kind === "manifest") return manifestAnswer(ask, content, parts);
  if (kind === "upload") return parts.uploads.answer(ask, content);
  if (kind === "blob") return blobRequest(ask, content, parts);
  if (ask.method !== "GET" && ask.method !== "HEAD") return errorAnswer("UNSUPPORTED");
  if (kind === "referrers") return referrersAnswer(ask, content, parts);
  return listing(ask, "tags", [...content.tags.keys()], parts, { name: repository });
}

function listing(
  { url }: Ask,
  field: "tags" | "repositories",
  all: readonly string[],
  { settings }: ApiParts,
  about: Record<string, string> = {},
): Answer {
  if (field === "repositories" && settings.catalog === "off") {
    return errorAnswer("UNSUPPORTED", { status: 404 });
  }
  const page = pageOf(all, url, settings);
  if (page === undefined) return errorAnswer("PAGINATION_NUMBER_INVALID");
  const headers: Record<string, string> = page.link === undefined ? {} : { link: page.link };
  return jsonAnswer({ ...about, [field]: page.names }, 200, headers);
}

function blobRequest({ method, route, headers }: Ask, content: RepositoryContent, parts: ApiParts): Answer {
  const { reference: digest } = route;
  if (!isDigest(digest)) return errorAnswer("DIGEST_INVALID");
  const bytes = content.blobs.get(digest);
  if (bytes === undefined) return errorAnswer("BLOB_UNKNOWN");
  if (method === "DELETE") {
    content.blobs.delete(digest);
    return emptyAnswer(202);
  }
  if (method !== "GET" && method !== "HEAD") return errorAnswer("UNSUPPORTED");
  if (method === "GET" && parts.settings.blobs === "redirect") {
    return emptyAnswer(307, { location: parts.addresses().storage + parts.storage.link(digest) });
  }
  return blobAnswer(digest, bytes, headers.range);
}

function referrersAnswer({ url, route }: Ask, content: RepositoryContent, parts: ApiParts): Answer {
  const { reference: digest, repository } = route;
  const { referrers } = parts.settings;
  if (referrers === "off") return errorAnswer("UNSUPPORTED", { status: 404 });
  if (referrers === "broken") {
    // The digest behind the colon is lost on the way, as it is in the wild.
    const path = encodeURIComponent(`${repository}/referrers/sha256`);
    return emptyAnswer(303, { location: `${parts.addresses().storage}/packages/${path}` });
  }
  if (!isDigest(digest)) return errorAnswer("DIGEST_INVALID");
  const wanted = url.searchParams.get("artifactType");
  const all = content.referrers(digest);
  const manifests = wanted === null ? all : all.filter(({ artifactType }) => artifactType === wanted);
  return jsonAnswer({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }, 200, {
    "content-type": mediaTypes.index,
    ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }),
  });
}

const isDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);
