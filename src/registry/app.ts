import { Hono } from "hono";
import { finishHeaders, refuseMethod } from "../http/every-answer.ts";
import { pathOf } from "../http/path-of.ts";
import { answer } from "./answer.ts";
import { readOnly, refusalOf, refuse } from "./refusals.ts";
import type { RegistryParts } from "./registry-parts.ts";
import { resolveRequest } from "./resolve-request.ts";

/** Whether a request is for the registry: clients know no other path than `/v2/` (distribution-spec, "Endpoints"). */
export function isForRegistry({ url }: Request): boolean {
  const path = pathOf(url);
  return path === "/v2" || path.startsWith("/v2/");
}

/** The pull side of the OCI distribution-spec 1.1, for every chart that is mirrored. Nobody has to log in. */
export function createRegistry(parts: RegistryParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const refused = refuseWriting(context.req.raw);
    if (refused === undefined) await next();
    else context.res = refused;
    finishRegistryHeaders(context.res.headers);
  });
  app.get("*", ({ req }) => answer(parts, req.raw, resolveRequest(pathOf(req.url), parts.config)));
  app.onError((error, { req }) => {
    const refusal = refusalOf(error);
    const path = new URL(req.url).pathname.slice(0, 200);
    parts.report({ event: "request-failed", method: req.method, path, code: refusal.code, error });
    return refuse(refusal);
  });
  return app;
}

function refuseWriting(request: Request): Response | undefined {
  if (request.method === "OPTIONS") return refuseMethod(request);
  return request.method === "GET" || request.method === "HEAD" ? undefined : refuse(readOnly());
}

/** The version header is the reference implementation's; older clients tell a registry by it. */
function finishRegistryHeaders(headers: Headers): void {
  finishHeaders(headers);
  headers.set("Docker-Distribution-Api-Version", "registry/2.0");
  headers.append("Access-Control-Expose-Headers", "Docker-Content-Digest, Link, OCI-Filters-Applied");
}
