import type { EdgeParts } from "./edge-parts.ts";
import { refuse } from "../http/errors.ts";
import {
  malformedPath,
  unknownDigest,
  unknownFile,
  unknownPath,
  unknownRepository,
} from "../http/refusals.ts";
import type { Target } from "./resolve-path.ts";
import { serveConventional } from "./serve-conventional.ts";
import { serveIndex } from "./serve-index.ts";
import { serveObject } from "../http/serve-object.ts";
import { serveFrontPage, serveRepositoryPage } from "./serve-pages.ts";
import { byDigest, smallFile } from "../http/served-object.ts";

/** From what a path means to its answer. A missing object is told apart by what was asked for. */
export async function answer(parts: EdgeParts, request: Request, target: Target): Promise<Response> {
  switch (target.kind) {
    case "front":
      return serveFrontPage(parts, request);
    case "repository":
      return serveRepositoryPage(parts, request, target.repository);
    case "slash-missing":
      return new Response(null, { status: 308, headers: { Location: `/${target.repository}/` } });
    case "index":
      return serveIndex(parts, request, target.repository);
    case "archive":
    case "provenance": {
      const object = byDigest(target.repository, target.kind, target.digest);
      const what = target.kind === "archive" ? "archive" : "provenance file";
      return (await serveObject(parts.archives, request, object)) ?? refuse(request, unknownDigest(what));
    }
    case "conventional":
      return serveConventional(parts, request, target);
    case "file": {
      const object = smallFile(target.repository, target.file);
      return (
        (await serveObject(parts.archives, request, object)) ?? refuse(request, unknownFile(target.file))
      );
    }
    case "malformed":
      return refuse(request, malformedPath());
    case "unknown":
      break;
  }
  return refuse(
    request,
    target.repository === undefined
      ? unknownRepository(target.name, parts.config)
      : unknownPath(target.repository),
  );
}
