import type { Answer } from "../upstream/answer.ts";
import { type RepositoryContent, digestOf } from "./content.ts";
import { emptyAnswer, errorAnswer } from "./errors.ts";
import { type ManifestFields, readManifest } from "./manifest.ts";
import type { ManifestLimit } from "./manifest-limit.ts";
import type { RegistrySettings } from "./options.ts";
import type { Ask } from "./route.ts";

/** GET, HEAD, PUT and DELETE of a manifest, by tag or by digest. */
export function manifestAnswer(
  ask: Ask,
  content: RepositoryContent,
  { settings, limit }: { settings: RegistrySettings; limit: ManifestLimit },
): Answer {
  switch (ask.method) {
    case "GET":
    case "HEAD": {
      const { refused, headers } = limit.spend(ask.method);
      if (refused) return errorAnswer("TOOMANYREQUESTS", { headers, message: pullRate });
      const answer = pulled(ask, content, settings.accept);
      return { ...answer, headers: { ...answer.headers, ...headers } };
    }
    case "PUT":
      return pushed(ask, content, settings.referrers);
    case "DELETE":
      return content.delete(ask.route.reference) ? emptyAnswer(202) : errorAnswer("MANIFEST_UNKNOWN");
    default:
      return errorAnswer("UNSUPPORTED");
  }
}

const pullRate = "You have reached your pull rate limit.";

function pulled(
  { route, headers }: Ask,
  content: RepositoryContent,
  accept: RegistrySettings["accept"],
): Answer {
  const manifest = content.manifest(route.reference);
  if (manifest === undefined) return errorAnswer("MANIFEST_UNKNOWN");
  const { digest, mediaType, bytes } = manifest;
  if (accept === "exact" && !(headers.accept ?? "").includes(mediaType)) {
    return errorAnswer("MANIFEST_UNKNOWN", {
      message: "manifest found, but accept header does not support it",
    });
  }
  return {
    status: 200,
    headers: {
      "content-type": mediaType,
      "content-length": String(bytes.byteLength),
      "docker-content-digest": digest,
      etag: `"${digest}"`,
    },
    body: bytes,
  };
}

function pushed(
  { route: { repository, reference }, url, headers, body }: Ask,
  content: RepositoryContent,
  referrers: RegistrySettings["referrers"],
): Answer {
  const fields = readManifest(body);
  const mediaType = headers["content-type"];
  if (fields === undefined || mediaType === undefined) return errorAnswer("MANIFEST_INVALID");
  const digest = digestOf(body);
  const byDigest = reference.startsWith("sha256:");
  if (byDigest && reference !== digest) return errorAnswer("DIGEST_INVALID");
  if (!isComplete(fields, content)) return errorAnswer("MANIFEST_BLOB_UNKNOWN");
  content.putManifest(mediaType, body, byDigest ? undefined : reference);
  const location = `${url.origin}/v2/${repository}/manifests/${digest}`;
  // Without the header a client writes the list of referrers itself, under a tag.
  const subject = referrers === "on" ? fields.subject : undefined;
  return emptyAnswer(201, {
    location,
    "docker-content-digest": digest,
    ...(subject === undefined ? {} : { "oci-subject": subject.digest }),
  });
}

/** Whether everything that the manifest names is there; its subject need not be. */
function isComplete(
  { config, layers = [], manifests = [] }: ManifestFields,
  content: RepositoryContent,
): boolean {
  const blobs = config === undefined ? layers : [config, ...layers];
  return (
    blobs.every(({ digest }) => content.blobs.has(digest)) &&
    manifests.every(({ digest }) => content.manifests.has(digest))
  );
}
