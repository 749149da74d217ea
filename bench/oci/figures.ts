import type { Figure } from "../support/figures.ts";
import { registryCheckFigures } from "./check.ts";
import { registryFillFigures } from "./fill.ts";
import { growthSizes, registryGrowthFigures } from "./growth.ts";
import { incidentFigures } from "./incident.ts";

/** What registries add: checks of many charts, a first fill, and the day on which only the registry was left. */
const parts: Readonly<Record<string, () => Promise<Figure[]>>> = {
  "checks of a registry": registryCheckFigures,
  "first fills from a registry": registryFillFigures,
  "the day of the deleted branch": incidentFigures,
  ...Object.fromEntries(
    growthSizes.map((tags) => [`${tags} tags`, async () => await registryGrowthFigures(tags)]),
  ),
};

/** A part that fails says so in its place, and the others are measured all the same: they take minutes. */
export async function ociFigures(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [what, measure] of Object.entries(parts)) {
    try {
      figures.push(...(await measure()));
    } catch (error) {
      process.exitCode = 1;
      const told = error instanceof Error ? error.message : String(error);
      figures.push({ what, result: `failed: ${told}`, reach: "–" });
    }
  }
  return figures;
}
