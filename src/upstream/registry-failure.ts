import { isList, isObject, parseJson } from "../oci/json.ts";
import { readBounded, shown } from "./bounded-fetch.ts";
import { UpstreamError, type UpstreamErrorCode } from "./upstream-error.ts";

const longestBody = 8 * 1024;
const longestTold = 200;

/**
 * What a registry says of its refusal, `CODE: message` in one line (distribution-spec, "Error Codes"), or
 * `undefined` where it says nothing, or gives away a secret. Uses up the body. Never throws.
 */
export async function readTold(
  response: Response,
  url: URL,
  isSecret: (text: string) => boolean,
): Promise<string | undefined> {
  const bytes = await readBounded(response, url.href, longestBody).catch(() => undefined);
  const document = bytes === undefined ? undefined : parseJson(bytes);
  const errors = isObject(document) ? document["errors"] : undefined;
  const first = isList(errors) ? errors[0] : undefined;
  if (!isObject(first)) return undefined;
  const told = [first["code"], first["message"]].filter((part) => typeof part === "string").join(": ");
  if (told === "" || isSecret(told)) return undefined;
  return told
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .slice(0, longestTold)
    .toWellFormed()
    .trim();
}

export interface FailureDetails {
  url: URL;
  status: number;
  /** The registry's own words. */
  told: string | undefined;
  /** Ours, for the operator. */
  hint: string | undefined;
  retryAfter: number | undefined;
}

export function failure(code: UpstreamErrorCode, details: FailureDetails): UpstreamError {
  const { url, status, told, hint, retryAfter } = details;
  const words = told === undefined ? "" : ` (${told})`;
  const advice = hint === undefined ? "" : `; ${hint}`;
  return new UpstreamError(code, `${shown(url)}: status ${status}${words}${advice}`, { retryAfter });
}
