import { z } from "zod";
import type { DurationRange } from "./duration.ts";
import type { Policies, VersionRule } from "./policies.ts";
import type { Reading } from "./reading.ts";
import { duration, value } from "./schema-values.ts";
import { readVersionRule, versionRuleHints } from "./version-rules.ts";

const mostNewest = 10_000;
/** A guard of no length is none. */
const watch: DurationRange = { least: "0s", most: "365d" };

const number = (read: (written: number) => string | undefined, instead: string) => (written: unknown) => {
  if (typeof written !== "number") return { problem: `this is not a number; ${instead}` };
  const problem = read(written);
  return problem === undefined ? { value: written } : { problem: `${written} ${problem}; ${instead}` };
};

const share = value(
  number(
    (written) => (written >= 0 && written <= 1 ? undefined : "is no share"),
    "write one from 0 to 1, like 0.1",
  ),
  {
    description: "Share of the listed versions, from 0 to 1. Default: 0.1.",
    type: "number",
    minimum: 0,
    maximum: 1,
  },
);

const count = value(
  number(
    (written) => (Number.isInteger(written) && written >= 0 ? undefined : "is no number of versions"),
    "write a whole number, like 10",
  ),
  { description: "Number of versions. Default: 3.", type: "integer", minimum: 0 },
);

function readKeepNewest(written: unknown): Reading<number | "all"> {
  if (written === "all") return { value: "all" };
  const isCount = typeof written === "number" && Number.isInteger(written);
  if (isCount && written >= 1 && written <= mostNewest) return { value: written };
  return { problem: `this is no number of versions; write one from 1 to ${mostNewest}, or \`all\`` };
}

const rules = (description: string) =>
  z.array(value<VersionRule>(readVersionRule, versionRuleHints)).describe(description).optional();

/** What a repository lists of what its sources have: keys of a repository, and of the whole file. */
export const policyKeys = {
  removal: z
    .enum(["keep", "hide"])
    .describe(
      "A version that no source shows any more stays listed, or is hidden after a while. Default: keep.",
    )
    .optional(),
  guard: z
    .strictObject({
      maxLoss: z
        .strictObject({ share: share.optional(), count: count.optional() })
        .describe("A loss of more than both is withheld.")
        .optional(),
      confirmAfter: duration(
        watch,
        "How long a withheld loss has to be seen unchanged before it is followed. Default: 7d.",
      ).optional(),
      afterRecovery: duration(
        watch,
        "How long after the end of a source's outage any loss is withheld. Default: 1d.",
      ).optional(),
      grace: duration(watch, "After how long a smaller loss is followed. Default: 1d.").optional(),
    })
    .describe("With `removal: hide`: which losses are not believed at once.")
    .optional(),
  change: z
    .enum(["pin", "follow"] satisfies Policies["change"][])
    .describe(
      "A version that is published again with other bytes stays as it was listed first, or the newer one is listed. Default: pin.",
    )
    .optional(),
  minimumAge: duration(
    { least: "0s", most: "365d" },
    "For how long a version has to be known before it is listed. Default: 0s.",
  ).optional(),
  include: rules("Only these charts and versions are mirrored. Default: all."),
  exclude: rules("These charts and versions are not mirrored. Default: none."),
  keepNewest: value(readKeepNewest, {
    description: "So many of the newest versions of every chart are mirrored. Default: all.",
    anyOf: [{ type: "integer", minimum: 1, maximum: mostNewest }, { const: "all" }],
  }).optional(),
};
