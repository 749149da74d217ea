import { Hono } from "hono";
import { answer } from "./answer.ts";
import type { EdgeParts } from "./edge-parts.ts";
import { finishHeaders, refuseMethod } from "../http/every-answer.ts";
import { refusalOf, refuse } from "../http/errors.ts";
import { resolvePath } from "./resolve-path.ts";
import { serveStatus } from "./serve-status.ts";
import { wholeResponse } from "../http/whole-response.ts";

/**
 * Everything that the public reads. Routes that stand beside it (`/v2`, `/-/`, …) have to be mounted before
 * it: what nobody took before is looked up as a path of a repository here.
 */
export function createEdge(parts: EdgeParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const refused = refuseMethod(context.req.raw);
    if (refused === undefined) await next();
    else context.res = refused;
    finishHeaders(context.res.headers);
  });
  app.get("/healthz", () => wholeResponse("ok\n", 200, { "Content-Type": "text/plain; charset=utf-8" }));
  app.get("/status.json", () => serveStatus(parts));
  app.get("*", ({ req }) => answer(parts, req.raw, resolvePath(new URL(req.url).pathname, parts.config)));
  app.onError((error, { req }) => {
    const refusal = refusalOf(error);
    const path = new URL(req.url).pathname.slice(0, 200);
    parts.report({ event: "request-failed", method: req.method, path, code: refusal.code, error });
    return refuse(req.raw, refusal);
  });
  return app;
}
