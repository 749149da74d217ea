import { isTag } from "../oci/reference.ts";
import { readChartLines } from "./chart-lines.ts";
import { linkTo, pageOf, readPageRequest } from "./page.ts";
import { invalidPage, refuse } from "./refusals.ts";
import { tagsOf } from "./registry-line.ts";
import type { RegistryParts } from "./registry-parts.ts";
import type { ChartName } from "./resolve-request.ts";
import { serveJson } from "./serve-json.ts";

/**
 * Distribution-spec, "Listing Tags": the versions, and what is kept beside them. A version that is too long
 * for a tag could not be asked for, so it is left out.
 *
 * @throws StorageUnavailable
 */
export async function serveTags(
  parts: Pick<RegistryParts, "documents" | "contents" | "withdrawals">,
  request: Request,
  name: ChartName,
): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const asked = readPageRequest(searchParams);
  if (asked === undefined) return refuse(invalidPage(searchParams.get("n") ?? ""));
  const lines = await readChartLines(parts, name);
  if ("code" in lines) return refuse(lines);
  const { items, next } = pageOf(tagsOf(lines.text).filter(isTag), asked);
  const headers = next === undefined ? {} : { Link: linkTo(`/v2/${name.full}/tags/list`, asked.n, next) };
  return await serveJson(
    request,
    { name: name.full, tags: items },
    { headers, repositories: [name.repository] },
  );
}
