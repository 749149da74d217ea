import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startRuntime } from "../../local/runtime.ts";
import { findSecrets, missingLines } from "../../local/secrets.ts";
import { readConfig } from "../../src/config/read-config.ts";

const config = readConfig(
  `
webhooks: [{ urlSecret: HOOK, secret: KEY }]
repositories:
  a:
    sources:
      - url: https://example.com/charts
      - { url: oci://example.com/a, credentials: FIRST }
      - { url: oci://example.com/public }
  b:
    sources:
      - { url: oci://example.com/b, credentials: SECOND }
      - { url: oci://example.com/c, credentials: FIRST }
`,
  "mirror.yaml",
);

describe("the secrets that a configuration names", () => {
  test("are taken from the environment, then from .dev.vars, and nothing else with them", () => {
    const environment = { FIRST: "me:environment", KEY: "k", HOME: "/root" };
    const devVars = `# mine\nFIRST=me:file\nSECOND="you:p#ss=word"\nHOOK=https://h.example/1\nTHIRD=x:y\n`;
    expect(findSecrets(config, environment, devVars)).toEqual({
      secrets: {
        FIRST: "me:environment",
        SECOND: "you:p#ss=word",
        HOOK: "https://h.example/1",
        KEY: "k",
      },
      missing: [],
    });
  });

  test("have the operator's token among them where there is one, and nobody misses it", () => {
    const found = (environment: NodeJS.ProcessEnv) =>
      findSecrets(config, environment, "FIRST=a:b\nSECOND=a:b\n");
    expect(found({ OPERATOR_TOKEN: "secret" }).secrets).toMatchObject({ OPERATOR_TOKEN: "secret" });
    expect(found({})).toEqual({ secrets: { FIRST: "a:b", SECOND: "a:b" }, missing: ["HOOK", "KEY"] });
  });

  test("are missing where they are nowhere, or empty", () => {
    expect(findSecrets(config, { FIRST: "" }, "SECOND=\n")).toEqual({
      secrets: {},
      missing: ["FIRST", "HOOK", "KEY", "SECOND"],
    });
    expect(findSecrets(config, { FIRST: "" }, "FIRST=me:file\n").secrets).toEqual({ FIRST: "me:file" });
  });

  test("reach the Worker as bindings, and its stores keep theirs", async () => {
    const folder = await mkdtemp(join(tmpdir(), "chartkeep-secrets-"));
    const entry = join(folder, "worker.js");
    await writeFile(
      entry,
      `import { DurableObject } from "cloudflare:workers";
      export class Keeper extends DurableObject {}
      export default { fetch: (_, { FIRST, KV }) => Response.json({ FIRST, KV: typeof KV.get }) };`,
    );
    const runtime = await startRuntime({ config, entry, secrets: { FIRST: "me:pass", KV: "me:pass" } });
    try {
      expect(await (await fetch(runtime.url)).json()).toEqual({ FIRST: "me:pass", KV: "function" });
    } finally {
      await runtime.dispose();
      await rm(folder, { recursive: true });
    }
  });

  test("are told in one line each where they are missing, with what to do", () => {
    expect(missingLines(["FIRST"])).toEqual([expect.stringMatching(/FIRST=….*user:password.*\.dev\.vars/)]);
    expect(missingLines([])).toEqual([]);
  });
});
