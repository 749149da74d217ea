import { z } from "zod";
import type { DurationRange } from "./duration.ts";
import { policyKeys } from "./policy-schema.ts";
import { repositoryNamePattern } from "./repository-name.ts";
import { byteSize, duration } from "./schema-values.ts";
import { source } from "./source-schema.ts";

const count = (least: number, description: string) =>
  z
    .int()
    .min(least, { error: ({ input }) => `${String(input)} is too few; write ${least} or more` })
    .max(mostCounted, { error: ({ input }) => `${String(input)} is too many; write ${mostCounted} or less` })
    .describe(description);

const mostCounted = 1_000_000;
/** An archive is held in memory, of which an isolate has 128 MB. */
const largestArchive = "40MiB";
/** The platform ends a unit of work after 15 minutes. */
const transfer: DurationRange = { least: "1s", most: "10m" };

const interval = duration(
  { least: "1s", most: "30d" },
  "Time between two checks of a source. A check that finds nothing new costs one request. Default: 10m.",
);

// Never shorter than a reader may be behind: a head that KV still serves names an older revision.
const history = duration(
  { least: "5m", most: "3650d" },
  "How long an older state of the index is kept after it was replaced. Archives are kept in any case. Default: 30d.",
);

const budget = z
  .strictObject({
    entries: count(
      10,
      "Index entries parsed, and tags of registries read. What is known already costs nothing.",
    ).optional(),
    archives: count(1, "Archives copied.").optional(),
    subrequests: count(10, "Requests to upstreams, with redirects and provenance.").optional(),
  })
  .describe("How much one unit of work may do, where the plan's numbers do not suit.");

const limits = z
  .strictObject({
    index: byteSize("256MiB", "Largest index, decompressed. Default: 64MiB.").optional(),
    archive: byteSize(largestArchive, "Largest archive. Default: 32MiB.").optional(),
    file: byteSize("8MiB", "Largest provenance or small file. Default: 1MiB.").optional(),
    indexTime: duration(transfer, "Longest that fetching an index may take. Default: 2m.").optional(),
    archiveTime: duration(transfer, "Longest that fetching an archive may take. Default: 1m.").optional(),
  })
  .describe("What is refused as too large or too slow.");

const repository = z
  .strictObject({
    sources: z
      .array(source)
      .min(1, "the list is empty; write at least one `- url: https://…`")
      .describe(
        "Where the repository comes from, in order of preference: the first one that has a version gives it.",
      )
      .optional(),
    members: z
      .array(z.string())
      .min(1, "the list is empty; name at least one repository of this mirror")
      .describe(
        "In place of `sources`: other repositories of this mirror, whose charts are served here as one repository, in order of preference.",
      )
      .optional(),
    interval: interval.optional(),
    history: history.optional(),
    budget: budget.optional(),
    limits: limits.optional(),
    ...policyKeys,
  })
  .meta({
    description: "A repository of the mirror; its key is what users add behind the mirror's address.",
    oneOf: [{ required: ["sources"] }, { required: ["members"] }],
  });

/** mirror.yaml as the operator writes it; what it says, with every text read, comes out. */
export const mirrorFile = z
  .strictObject({
    plan: z
      .enum(["free", "paid"])
      .describe(
        "The Cloudflare Workers plan, which decides how much one unit of work may do. free works on both. Default: free.",
      )
      .optional(),
    root: z.string().describe("The repository that is served at /index.yaml as well.").optional(),
    interval: interval.optional(),
    history: history.optional(),
    budget: budget.optional(),
    limits: limits.optional(),
    ...policyKeys,
    repositories: z
      .record(z.string(), repository)
      .describe("What is mirrored: the name of each repository, and where it comes from.")
      .meta({ minProperties: 1, propertyNames: { pattern: repositoryNamePattern } }),
  })
  .describe(
    "What Chartkeep mirrors. Values above `repositories` hold for every repository that does not set its own.",
  );

export type MirrorFile = z.output<typeof mirrorFile>;

/** The JSON Schema of mirror.yaml, for editors. */
export function mirrorJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(mirrorFile, { io: "input", target: "draft-7" }),
    title: "Chartkeep's mirror.yaml",
  };
}
