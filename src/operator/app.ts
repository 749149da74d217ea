import { Hono } from "hono";
import { cachePolicy } from "../http/cache-policy.ts";
import { pathOf } from "../http/path-of.ts";
import { internalError, unknownRepository } from "../http/refusals.ts";
import { wholeResponse } from "../http/whole-response.ts";
import { messageOf } from "../observability/event.ts";
import type { OperatorParts } from "./operator-parts.ts";
import { operations, readOperation } from "./operations.ts";
import { perform } from "./perform.ts";
import { isJson, readBody } from "./read-body.ts";
import * as refusals from "./refusals.ts";
import { type Target, resolveOperation } from "./resolve-operation.ts";
import { carriesToken } from "./token.ts";

const mostEntries = 100;

/**
 * What the operator reads and does, below `/-/`, behind the token. Nothing here is for browsers: the token goes
 * in a header that no page of another origin can send, since no answer allows it to.
 */
export function createOperator(parts: OperatorParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const refused = await admit(parts, context.req.raw);
    if (refused === undefined) await next();
    else context.res = refused;
  });
  app.all("*", async ({ req }) => {
    const target = resolveOperation(pathOf(req.url));
    return target === undefined ? refuse(refusals.unknownRoute()) : await answer(parts, req.raw, target);
  });
  app.onError((error, { req }) => {
    const path = pathOf(req.url).slice(0, 200);
    parts.log({ event: "operator-failed", method: req.method, path, message: messageOf(error) });
    return refuse(internalError());
  });
  return app;
}

/** Everybody is counted before anything is compared. @returns the refusal of who is not admitted */
async function admit(
  { limiter, token, log }: OperatorParts,
  request: Request,
): Promise<Response | undefined> {
  const address = addressOf(request);
  const { success } = await limiter.limit({ key: address });
  if (success && (await carriesToken(request, token))) return undefined;
  const refusal = success ? refusals.unauthorized() : refusals.tooManyRequests();
  const path = pathOf(request.url).slice(0, 200);
  log({ event: "operator-refused", code: refusal.code, address, method: request.method, path });
  return refuse(refusal);
}

async function answer(parts: OperatorParts, request: Request, target: Target): Promise<Response> {
  const allowed = target.kind === "action" ? "POST" : "GET";
  if (request.method !== allowed) return refuse(refusals.wrongMethod(allowed));
  if (target.kind === "audit") return await answerAudit(parts, request);
  const { repository } = target;
  if (!Object.hasOwn(parts.config.repositories, repository)) {
    return refuse(unknownRepository(repository, parts.config));
  }
  if (target.kind === "action") return await answerAction(parts, request, target);
  return json(200, { repository, ...(await parts.standing(repository)) });
}

async function answerAudit({ audit }: OperatorParts, { url }: Request): Promise<Response> {
  const text = new URL(url).searchParams.get("limit") ?? "20";
  const limit = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit <= mostEntries)) {
    return refuse(refusals.badRequest(`"limit" must be a number from 1 to ${mostEntries}.`));
  }
  return json(200, { entries: await audit.newest(limit) });
}

async function answerAction(
  parts: OperatorParts,
  request: Request,
  { repository, action }: Extract<Target, { kind: "action" }>,
): Promise<Response> {
  const reader = Object.hasOwn(operations, action) ? operations[action] : undefined;
  if (reader === undefined) return refuse(refusals.unknownAction(action));
  if (!isJson(request)) return refuse(refusals.notJson());
  const body = await readBody(request);
  if (body.kind === "too-large") return refuse(refusals.tooLarge());
  if (body.kind === "not-json") return refuse(refusals.notJson());
  const operation = readOperation(reader, body.value);
  if ("problem" in operation) return refuse(refusals.badRequest(operation.problem));
  const performed = await perform(parts, { repository, operation, address: addressOf(request) });
  if ("status" in performed) return refuse(performed);
  const { audit, message } = performed;
  return json(200, { repository, action, message, audit });
}

/** Set by the platform, which lets nobody send it. */
const addressOf = ({ headers }: Request): string => headers.get("cf-connecting-ip") ?? "unknown";

type AnyRefusal = Omit<refusals.OperatorRefusal, "status"> & { status: number; audit?: string };

function refuse({ status, code, message, headers = {}, audit }: AnyRefusal): Response {
  return json(status, { error: { code, message }, ...(audit === undefined ? {} : { audit }) }, headers);
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): Response {
  return wholeResponse(`${JSON.stringify(value)}\n`, status, {
    ...headers,
    "Content-Type": "application/json",
    "Cache-Control": cachePolicy.none,
    "X-Content-Type-Options": "nosniff",
  });
}
