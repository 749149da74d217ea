import { expect, test } from "vitest";
import { newestOfChart } from "../../src/edge/newest-of-chart.ts";

const line = (version: string) => JSON.stringify({ name: "alpha", version, description: "žluť," });
const textOf = (versions: readonly string[]) => versions.map(line).join(",\n");
const newest = (text: string, count: number) =>
  new Response(newestOfChart(new Blob([text]).stream(), count)).text();

const all = ["3.0.0-rc.2", "3.0.0-rc.1", "2.0.0", "2.0.0-rc.1", "1.1.0", "1.0.0"];

test.for<[number, readonly string[], readonly string[]]>([
  [1, all, ["3.0.0-rc.2", "2.0.0"]],
  [2, all, ["3.0.0-rc.2", "3.0.0-rc.1", "2.0.0", "1.1.0"]],
  [3, all, ["3.0.0-rc.2", "3.0.0-rc.1", "2.0.0", "1.1.0", "1.0.0"]],
  [1, ["2.0.0", "1.0.0"], ["2.0.0"]],
  [2, ["1.0.0-rc.3", "1.0.0-rc.2", "1.0.0-rc.1"], ["1.0.0-rc.3", "1.0.0-rc.2"]],
  [10, ["1.0.0"], ["1.0.0"]],
])("the %i newest of %j are %j", async ([count, versions, expected]) => {
  expect(await newest(textOf(versions), count)).toBe(textOf(expected));
});

test("reads no further than to the last stable version that counts", async () => {
  let given = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += 1;
      controller.enqueue(new TextEncoder().encode(`${line(`${1000 - given}.0.0`)},\n`));
    },
  });
  expect(await new Response(newestOfChart(endless, 2)).text()).toBe(textOf(["999.0.0", "998.0.0"]));
  expect(given).toBeLessThan(10);
});

test("lines that are cut off do not pass for whole ones", async () => {
  await expect(newest(textOf(all).slice(0, 90), 3)).rejects.toThrow();
});
