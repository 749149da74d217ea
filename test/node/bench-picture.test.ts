import { expect, test } from "vitest";
import { comparisonSvg } from "../../bench/peers/comparison-svg.ts";
import type { HelmFigures } from "../../bench/peers/helm-rounds.ts";
import { names } from "../../bench/peers/names.ts";

const figures = (seconds: number, bytes: number): HelmFigures =>
  new Map([["repo update", { seconds, bytes, memory: 1 }]]);

const about = { index: "4.1 MB", about: "helm <v4>" };

test("the comparison shows each server's time and bytes, and says the same to whoever cannot see it", () => {
  const picture = comparisonSvg(
    new Map([
      [names.nginx, figures(0.4, 4_100_000)],
      [names.latest, figures(0.1, 82_000)],
    ]),
    about,
  );
  expect(picture).toContain("nginx: 0.40 s, 4.1 MB received; Chartkeep, @latest: 0.10 s, 82 kB received.");
  const bars = Array.from(picture.matchAll(/<rect [^>]*width="([\d.]+)"/g), ([, width]) => Number(width));
  expect(bars).toHaveLength(4);
  expect((bars[0] ?? 0) / (bars[1] ?? 0)).toBeCloseTo(4, 1);
  expect((bars[2] ?? 0) / (bars[3] ?? 0)).toBeCloseTo(50, -1);
  expect(picture).toContain("helm &lt;v4&gt;");
});

test("who was not measured is not in the picture", () => {
  const picture = comparisonSvg(new Map([[names.nginx, figures(0.4, 4_100_000)]]), about);
  expect(picture).not.toContain(names.chartMuseum);
});
