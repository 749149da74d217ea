import { expect, test } from "vitest";
import { closestNames } from "../../src/http/closest-names.ts";

const names = ["prometheus", "prometheus-operator", "alertmanager", "redis", "redis-cluster", "nginx"];

test.for<[string, string[]]>([
  ["promethus", ["prometheus"]],
  ["prometheus", ["prometheus", "prometheus-operator"]],
  ["redsi", []],
  ["rediss", ["redis"]],
  ["NGINX", ["nginx"]],
  ["postgres", []],
  ["", []],
  ["x".repeat(100_000), []],
])("%s is close to %j", ([wanted, expected]) => {
  expect(closestNames(wanted, names, 3)).toEqual(expected);
});

test("names no more than asked for", () => {
  expect(closestNames("aaaaaa", ["aaaaab", "aaaaac", "aaaaad"], 2)).toEqual(["aaaaab", "aaaaac"]);
});
