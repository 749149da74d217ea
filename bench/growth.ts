import { measurePublishing } from "./publish.ts";
import { measureReading } from "./read.ts";
import { type Figure, megabytes, seconds } from "./support/figures.ts";

/** The same work for repositories of different sizes; one run each. */
export async function growthFigures(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const versions of [1000, 10_000, 50_000]) {
    const reading = await measureReading(versions, 2000);
    const publishing = await measurePublishing(versions);
    figures.push({
      what: `${versions} versions, ${megabytes(reading.indexBytes)} of index`,
      result: [
        `first read ${seconds(reading.first)}`,
        `ten more ${seconds(reading.again)}`,
        `304 ${seconds(reading.unchanged)}`,
        `publish ${seconds(publishing.cpu)}`,
        `memory ${megabytes(reading.growth)}`,
      ].join(", "),
      reach: "–",
    });
  }
  return figures;
}
