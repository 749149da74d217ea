import { wholeResponse } from "../http/whole-response.ts";
import { refuse } from "./refusals.ts";
import type { RegistryParts } from "./registry-parts.ts";
import type { Asked } from "./resolve-request.ts";
import { serveBlob } from "./serve-blob.ts";
import { serveCatalog } from "./serve-catalog.ts";
import { serveManifestByDigest, serveTagged } from "./serve-manifest.ts";
import { serveReferrers } from "./serve-referrers.ts";
import { serveTags } from "./serve-tags.ts";

/** From what is asked for to its answer. @throws StorageUnavailable */
export async function answer(parts: RegistryParts, request: Request, asked: Asked): Promise<Response> {
  switch (asked.kind) {
    case "base":
      return wholeResponse("{}", 200, { "Content-Type": "application/json" });
    case "catalog":
      return await serveCatalog(parts, request);
    case "tags":
      return await serveTags(parts, request, asked.name);
    case "tagged":
      return await serveTagged(parts, request, asked.name, asked.tag);
    case "manifest":
      return await serveManifestByDigest(parts, request, asked.name, asked.digest);
    case "blob":
      return await serveBlob(parts, request, asked.name, asked.digest);
    case "referrers":
      return await serveReferrers(parts, request, asked.name, asked.digest);
    case "refused":
      break;
  }
  return refuse(asked.refusal);
}
