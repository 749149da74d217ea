import { describe, expect, test } from "vitest";
import { chooseForm } from "../../src/edge/index-form.ts";

describe("chooseForm", () => {
  test.for<[string | null, "identity" | "gzip"]>([
    [null, "identity"],
    ["", "identity"],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["x-gzip", "gzip"],
    ["br, gzip;q=0.5", "gzip"],
    ["gzip, deflate, br, zstd", "gzip"],
    ["gzip;q=0", "identity"],
    ["gzip;q=0.000", "identity"],
    ["gzip ; q=0.001", "gzip"],
    ["gzip;q=1.0", "gzip"],
    ["gzip;q=1.5", "identity"],
    ["gzip;q=much", "identity"],
    ["gzip;q=0.2, identity;q=0.8", "identity"],
    ["identity;q=0, gzip", "gzip"],
    ["identity", "identity"],
    ["br", "identity"],
    ["*", "identity"],
    ["gzipped", "identity"],
    ["*;q=0", "identity"],
  ])("%j gets %s", ([accepted, coding]) => {
    expect(chooseForm(accepted, undefined)).toEqual({ coding, shared: true });
  });

  test.for<[string, string, "identity" | "gzip", boolean]>([
    // accepted, as the platform wrote it; the client's own; form; shared
    ["gzip, br", "", "identity", true],
    ["gzip, br", "identity", "identity", true],
    ["gzip, br", "gzip, br", "gzip", true],
    ["gzip, br", "gzip, deflate, br", "gzip", false],
  ])(
    "%j in place of %j gets %s, shared: %s, so that no cache hands Helm what a browser asked for",
    ([accepted, original, coding, shared]) => {
      expect(chooseForm(accepted, original)).toEqual({ coding, shared });
    },
  );
});
