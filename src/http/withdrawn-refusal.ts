import { digestTag, repositoryTag } from "../storage/cache-tag.ts";
import { longestReason, type Withdrawal } from "../storage/withdrawals.ts";
import { cachePolicy } from "./cache-policy.ts";
import { quote, quoteLong, type Refusal } from "./refusals.ts";

/**
 * What is withdrawn, for who asks for it by its path or its digest: 410, because it was here and the operator has
 * taken it away (RFC 9110, section 15.5.11).
 *
 * @param asked the repository below which it was asked for, and the digest if it was one
 */
export const withdrawn = (
  entry: Withdrawal,
  asked: { repository: string; digest?: string },
): Refusal & { status: 410; code: "withdrawn" } => ({
  status: 410,
  code: "withdrawn",
  message: whatIsWithdrawn(entry),
  headers: withdrawnHeaders(asked),
});

/** What, since when, why, and what to do. */
export function whatIsWithdrawn({ repository, chart, version, reason, at }: Withdrawal): string {
  const path = `/${repository}/${encodeURIComponent(chart)}/index.yaml`;
  return (
    `Version ${quote(version)} of the chart ${quote(chart)} was withdrawn by the operator of this mirror at ` +
    `${quote(at).slice(1, -1)}: ${quoteLong(reason, longestReason)}. Use another version (${path} lists them), ` +
    "and look at what was installed from this one."
  );
}

/** Kept for a short time, and purged when the version is reinstated. */
export const withdrawnHeaders = ({
  repository,
  digest,
}: {
  repository: string;
  digest?: string;
}): Record<string, string> => ({
  "Cache-Control": cachePolicy.withdrawn,
  "Cache-Tag": [repositoryTag(repository), ...(digest === undefined ? [] : [digestTag(digest)])].join(","),
});
