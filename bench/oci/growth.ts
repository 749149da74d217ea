import { type Figure, seconds } from "../support/figures.ts";
import { whereKept } from "../support/memory-folder.ts";
import { charts, measureRegistry } from "./check.ts";

/** Of registries of different sizes; one run each. */
export const growthSizes = [1000, 4000, 20_000];

/** Reads so many tags, copies nothing, and checks again. */
export async function registryGrowthFigures(tags: number): Promise<Figure[]> {
  const { first, wall, plain, ghcr } = await measureRegistry(tags, { copy: false });
  return [
    {
      what: `${tags} tags of ${charts} charts, ${whereKept}: CPU`,
      result: [
        `first reading ${seconds(first)} (in ${seconds(wall)}; ${((first / tags) * 1000).toFixed(1)} ms a tag)`,
        `a check with nothing new ${seconds(plain.cpu)}`,
        `with tokens ${seconds(ghcr.cpu)}`,
      ].join(", "),
      reach: "–",
    },
  ];
}
