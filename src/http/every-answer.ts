import { cachePolicy } from "./cache-policy.ts";
import { refuse } from "./errors.ts";
import { allowedMethods, methodNotAllowed } from "./refusals.ts";

/**
 * Answers what is not GET or HEAD: a browser's question before a cross-origin request, and everything else
 * with 405. `undefined` for GET and HEAD.
 *
 * @param refusing makes a refusal an answer, in the form of what was asked
 */
export function refuseMethod(request: Request, refusing = refuse): Response | undefined {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  if (request.method !== "OPTIONS") return refusing(request, methodNotAllowed());
  return new Response(null, {
    status: 204,
    headers: {
      Allow: allowedMethods,
      "Access-Control-Allow-Methods": allowedMethods,
      "Access-Control-Allow-Headers": "*",
      "Access-Control-Max-Age": "86400",
    },
  });
}

/**
 * What every answer carries. Anybody's page may read: there is nothing here that is not public. The types
 * are what we say they are. And what no route allowed to be kept is not kept.
 */
export function finishHeaders(headers: Headers): void {
  headers.set("Access-Control-Allow-Origin", "*");
  headers.set(
    "Access-Control-Expose-Headers",
    "Accept-Ranges, Chartkeep-Checked, Chartkeep-Revision, Content-Length, Content-Range, ETag, Retry-After, Warning",
  );
  headers.set("X-Content-Type-Options", "nosniff");
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", cachePolicy.none);
}
