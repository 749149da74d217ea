import { Hono } from "hono";
import { refusalOf, refuse, refuseAsApi } from "../http/errors.ts";
import { finishHeaders, refuseMethod } from "../http/every-answer.ts";
import { pathOf } from "../http/path-of.ts";
import { wholeResponse } from "../http/whole-response.ts";
import { answer } from "./answer.ts";
import type { EdgeParts } from "./edge-parts.ts";
import { EditsMemo } from "./edits-memo.ts";
import { FreshnessMemo } from "./freshness.ts";
import { resolvePath } from "./resolve-path.ts";
import { serveMetrics } from "./serve-metrics.ts";
import { serveStatus } from "./serve-status.ts";

interface EdgeEnvironment {
  Variables: { pathname: string };
}

/**
 * Everything that the public reads. Routes that stand beside it (`/v2`, `/-/`, …) have to be mounted before
 * it: what nobody took before is looked up as a path of a repository here.
 */
export function createEdge(parts: EdgeParts): Hono<EdgeEnvironment> {
  const edge = {
    ...parts,
    freshness: new FreshnessMemo(parts.documents, parts.now, parts.waitUntil),
    edits: new EditsMemo(),
  };
  const app = new Hono<EdgeEnvironment>();
  app.use(async (context, next) => {
    const pathname = pathOf(context.req.url);
    context.set("pathname", pathname);
    const refused = refuseMethod(context.req.raw, refuserOf(pathname));
    if (refused === undefined) await next();
    else context.res = refused;
    finishHeaders(context.res.headers);
  });
  app.get("/healthz", () => wholeResponse("ok\n", 200, { "Content-Type": "text/plain; charset=utf-8" }));
  app.get("/status.json", () => serveStatus(parts));
  app.get("/metrics", () => serveMetrics(parts));
  app.get("*", async (context) => {
    const { req } = context;
    const pathname = context.get("pathname");
    const outcome = await answer(edge, req.raw, resolvePath(pathname, parts.config));
    return outcome instanceof Response ? outcome : refuserOf(pathname)(req.raw, outcome);
  });
  app.onError((error, { req }) => {
    const refusal = refusalOf(error);
    const { pathname } = new URL(req.url);
    const path = pathname.slice(0, 200);
    parts.report({ event: "request-failed", method: req.method, path, code: refusal.code, error });
    return refuserOf(pathname)(req.raw, refusal);
  });
  return app;
}

/** Programs that speak ChartMuseum's API read its errors. */
const refuserOf = (pathname: string): typeof refuse => (pathname.startsWith("/api/") ? refuseAsApi : refuse);
