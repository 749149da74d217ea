import { z } from "zod";
import type { HttpSourceConfig } from "./config.ts";
import { chartsHints, readCharts } from "./oci-charts.ts";
import { readRewrite } from "./rewrites.ts";
import { duration, text } from "./schema-values.ts";
import { readSecretName, secretNamePattern } from "./secret-name.ts";
import { readSmallFile, smallFilePattern } from "./small-file.ts";
import { foreignKeyRules } from "./source-keys.ts";
import { readSourceUrl } from "./source-url.ts";

const rewrites = z
  .record(z.string(), z.string())
  .transform((written, context): HttpSourceConfig["rewrites"] =>
    Object.entries(written).flatMap(([from, to]) => {
      const reading = readRewrite(from, to);
      if ("value" in reading) return [reading.value];
      context.addIssue({ code: "custom", path: [from], message: reading.problem });
      return [];
    }),
  )
  .describe(
    "For https:// sources. Other ways to the source's files, index and archives alike: an address that begins with the key is fetched from the value instead. The longest key that matches is used.",
  );

const charts = z
  .unknown()
  .transform((written, context) => {
    const reading = readCharts(written);
    if ("value" in reading) return reading.value;
    for (const { position, message } of reading.problems) {
      context.addIssue({ code: "custom", path: position === undefined ? [] : [position], message });
    }
    return z.NEVER;
  })
  .meta({
    description:
      "For oci:// sources. Which charts to mirror: a list of names; `listed` for those that the https:// sources of this repository list; or `catalog` for all that the registry says it has here. Default: listed if there is an https:// source, otherwise catalog.",
    ...chartsHints,
  });

/**
 * Both kinds of source. One schema with the keys of both, not a union of two: `check-sources.ts` says which
 * key belongs to which kind better than a union would, and every key is completed and explained by editors.
 */
export const source = z
  .strictObject({
    url: text(readSourceUrl, {
      description:
        "Address of a chart repository, such as https://prometheus-community.github.io/helm-charts, or the path above the charts in an OCI registry, such as oci://ghcr.io/prometheus-community/charts.",
      examples: [
        "https://prometheus-community.github.io/helm-charts",
        "oci://ghcr.io/prometheus-community/charts",
      ],
    }),
    files: z
      .array(text(readSmallFile, { pattern: smallFilePattern }))
      .describe(
        "For https:// sources. Small files beside the index to mirror as they are. Default: artifacthub-repo.yml.",
      )
      .optional(),
    rewrites: rewrites.optional(),
    charts: charts.optional(),
    credentials: text(readSecretName, {
      description:
        "For oci:// sources. Name of the secret that holds `user:password`, stored with `npx wrangler secret put NAME`. None: nobody logs in.",
      pattern: secretNamePattern,
    }).optional(),
    plainHttp: z
      .boolean()
      .describe("For oci:// sources. true: the registry speaks http:, without TLS. Default: false.")
      .optional(),
    recheck: duration(
      { least: "5m", most: "30d" },
      "For oci:// sources. How often a known tag is looked at again, to see whether it moved. Default: 1d.",
    ).optional(),
  })
  .meta({ description: "Where a repository comes from.", allOf: foreignKeyRules });
