import { expect } from "vitest";
import type { EdgeUnderTest } from "./edge-under-test.ts";

export interface Index {
  apiVersion: string;
  entries: Record<string, { name: string; version: string; urls: string[]; digest: string }[]>;
}

/** The index that a user gets who added this URL, with a length that is right if one is said. */
export async function indexAt(edge: EdgeUnderTest, base: string): Promise<Index> {
  const response = await edge.request(`${base}/index.yaml`);
  expect({ base, status: response.status }).toEqual({ base, status: 200 });
  expect(response.headers.get("content-type")).toBe("application/json");
  const text = await response.text();
  const length = response.headers.get("content-length");
  if (length !== null) expect(Number(length)).toBe(new TextEncoder().encode(text).byteLength);
  return JSON.parse(text);
}

/** Versions by chart. */
export const versionsOf = ({ entries }: Index): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(entries).map(([chart, list]) => [chart, list.map(({ version }) => version)]),
  );
