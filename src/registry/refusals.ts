import { closestNames } from "../http/closest-names.ts";
import { allowedMethods, quote, storageFailing } from "../http/refusals.ts";
import { wholeResponse } from "../http/whole-response.ts";
import { whatIsWithdrawn, withdrawnHeaders } from "../http/withdrawn-refusal.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";
import type { Withdrawal } from "../storage/withdrawals.ts";

/**
 * Everything but success, as a value. The codes are those of the distribution-spec ("Error Codes"), which has
 * none for a registry that fails itself: UNAVAILABLE and UNKNOWN are the reference implementation's, and
 * go-containerregistry (crane, Flux) tries again for them.
 */
export interface RegistryRefusal {
  status: 400 | 404 | 405 | 410 | 416 | 500 | 503;
  code:
    | "BLOB_UNKNOWN"
    | "BLOB_UPLOAD_UNKNOWN"
    | "DENIED"
    | "DIGEST_INVALID"
    | "MANIFEST_UNKNOWN"
    | "NAME_INVALID"
    | "NAME_UNKNOWN"
    | "SIZE_INVALID"
    | "UNSUPPORTED"
    | "UNAVAILABLE"
    | "UNKNOWN";
  /** For people; what others wrote stands in it only after `quote`. */
  message: string;
  headers?: Record<string, string>;
}

/** The one place where a refusal becomes HTTP (distribution-spec, "Error Codes"). */
export const refuse = ({ status, code, message, headers }: RegistryRefusal): Response =>
  wholeResponse(`${JSON.stringify({ errors: [{ code, message }] })}\n`, status, {
    ...headers,
    "Content-Type": "application/json",
  });

/** What went wrong below becomes a refusal that tells nothing about it; the cause belongs in the log. */
export function refusalOf(error: unknown): RegistryRefusal {
  if (error instanceof StorageUnavailable) return { ...storageFailing(), status: 503, code: "UNAVAILABLE" };
  const message =
    "This registry failed in a way that it should not. The operator finds the reason in its log.";
  return { status: 500, code: "UNKNOWN", message };
}

/** Helm, Flux and Argo CD come back after a 503; a 404 would read as a wrong name. */
export const notPublishedYet = (repository: string): RegistryRefusal => ({
  status: 503,
  code: "UNAVAILABLE",
  message: `The first synchronisation of ${quote(repository)} has not published anything yet. /status.json shows how far it is.`,
  headers: { "Retry-After": "30" },
});

export const readOnly = (): RegistryRefusal => ({
  status: 405,
  code: "UNSUPPORTED",
  message: "This registry mirrors charts and can only be read: GET and HEAD.",
  headers: { Allow: allowedMethods },
});

export const unknownRoute = (): RegistryRefusal => ({
  status: 404,
  code: "UNSUPPORTED",
  message:
    "There is nothing at this path. What exists: /v2/_catalog, and below /v2/<repository>/<chart>/ manifests, " +
    "blobs, tags/list and referrers, as the OCI distribution-spec names them.",
});

export const noUpload = (): RegistryRefusal => ({
  status: 404,
  code: "BLOB_UPLOAD_UNKNOWN",
  message: "There are no uploads here: this registry can only be read.",
});

export const invalidName = (name: string): RegistryRefusal => ({
  status: 400,
  code: "NAME_INVALID",
  message: `${quote(name)} is no name: names are of lowercase letters, digits, and single separators between them.`,
});

export const unknownName = (name: string): RegistryRefusal => ({
  status: 404,
  code: "NAME_UNKNOWN",
  message: `There is no ${quote(name)} here. Names are <repository>/<chart>; /v2/_catalog lists them.`,
});

export function unknownChart(repository: string, chart: string, charts: Iterable<string>): RegistryRefusal {
  const close = closestNames(chart, charts, 5);
  const hint = close.length > 0 ? ` Charts with a similar name: ${close.map(quote).join(", ")}.` : "";
  return {
    status: 404,
    code: "NAME_UNKNOWN",
    message: `The repository ${quote(repository)} has no chart ${quote(chart)}.${hint}`,
  };
}

export const invalidDigest = (digest: string): RegistryRefusal => ({
  status: 400,
  code: "DIGEST_INVALID",
  message: `${quote(digest)} is no digest: sha256: and 64 lowercase hexadecimal digits.`,
});

export const unknownManifest = (reference: string): RegistryRefusal => ({
  status: 404,
  code: "MANIFEST_UNKNOWN",
  message: `There is no manifest ${quote(reference)}. The tags of a chart's versions have "_" for "+"; tags/list has them all.`,
});

export const unknownBlob = (digest: string): RegistryRefusal => ({
  status: 404,
  code: "BLOB_UNKNOWN",
  message: `There is no blob ${quote(digest)}.`,
});

export const rangeNotSatisfiable = (contentRange: string): RegistryRefusal => ({
  status: 416,
  code: "SIZE_INVALID",
  message: "The range lies behind the end of the blob.",
  headers: { "Content-Range": contentRange, "Accept-Ranges": "bytes" },
});

/**
 * The spec has no code for what was taken away; DENIED ("requested access to the resource is denied") comes nearest.
 * Clients show status, code and message.
 */
export const withdrawn = (
  entry: Withdrawal,
  asked: { repository: string; digest?: string },
): RegistryRefusal => ({
  status: 410,
  code: "DENIED",
  message: whatIsWithdrawn(entry),
  headers: withdrawnHeaders(asked),
});

export const invalidPage = (n: string): RegistryRefusal => ({
  status: 400,
  code: "UNSUPPORTED",
  message: `n=${quote(n)} is no number of entries.`,
});
