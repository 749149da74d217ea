import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../local/load-config.ts";
import { ConfigurationError } from "../../src/config/configuration-error.ts";
import { readConfig } from "../../src/config/read-config.ts";
import { mirrorJsonSchema } from "../../src/config/schema.ts";

const project = resolve(import.meta.dirname, "../..");
const mirrorText = async () => await readFile(join(project, "mirror.yaml"), "utf8");

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chartkeep-config-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("mirror.schema.json is what the schema says; `node scripts/build-config.ts --schema` writes it", async () => {
  const written: unknown = JSON.parse(await readFile(join(project, "mirror.schema.json"), "utf8"));
  expect(written).toEqual(mirrorJsonSchema());
});

test("every key of the JSON Schema is described", () => {
  const undescribed: string[] = [];
  const look = (schema: unknown, path: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    // What stands below `allOf` only says which of the keys fit together.
    for (const [key, value] of Object.entries(schema)) if (key !== "allOf") look(value, `${path}/${key}`);
    if (!("properties" in schema) || typeof schema.properties !== "object") return;
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      const described = typeof value === "object" && value !== null && "description" in value;
      if (!described) undescribed.push(`${path}/${key}`);
    }
  };
  look(mirrorJsonSchema(), "");
  expect(undescribed).toEqual([]);
});

test("mirror.yaml mirrors prometheus-community, and the values it shows are the defaults", async () => {
  const text = await mirrorText();
  const config = readConfig(text, "mirror.yaml");
  expect(config.repositories["prometheus-community"]?.sources[0]?.url).toBe(
    "https://prometheus-community.github.io/helm-charts",
  );
  // Every commented key becomes one that counts: `# plan: free`, but not the sentences.
  const shown = text.replaceAll(/^( *)# ( *(?:- )?(?:[a-zA-Z]+|https:\S+):(?: [^ ]+)?(?: #.*)?)$/gm, "$1$2");
  const withoutDefault = [
    /^root: .*\n/m,
    /^ +rewrites:\n.*\n/m,
    /^ +credentials: .*\n/m,
    /^exclude:\n.*\n.*\n/m,
  ];
  const full = readConfig(
    withoutDefault.reduce((left, line) => left.replace(line, ""), shown),
    "mirror.yaml",
  );
  const [a, b] = [config, full].map(({ repositories }) => repositories["prometheus-community"]);
  const registry = {
    kind: "oci",
    url: "oci://ghcr.io/prometheus-community/charts",
    charts: "listed",
    plainHttp: false,
    recheck: 86_400,
  };
  expect(b).toEqual({ ...a, sources: [...(a?.sources ?? []), registry], interval: 3600 });
  expect(() => readConfig(shown, "mirror.yaml")).not.toThrow();
  expect(shown).not.toMatch(
    /# *(plan|root|interval|history|budget|limits|entries|file|rewrites|files|charts|recheck|removal|guard|change|keepNewest|include|exclude): *\S*$/m,
  );
});

test("every key that mirror.yaml may have is shown in it", async () => {
  const text = await mirrorText();
  const keys = new Set<string>();
  const collect = (schema: unknown): void => {
    if (typeof schema !== "object" || schema === null) return;
    if ("properties" in schema) for (const key of Object.keys(schema.properties ?? {})) keys.add(key);
    Object.values(schema).forEach(collect);
  };
  collect(mirrorJsonSchema());
  expect([...keys].filter((key) => !new RegExp(`^[ #-]*${key}:`, "m").test(text))).toEqual([]);
});

test("a file that is not there is one problem", () => {
  expect(() => loadConfig(join(folder, "none.yaml"), "free")).toThrow(ConfigurationError);
  expect(() => loadConfig(join(folder, "none.yaml"), "free")).toThrow(
    /none\.yaml:1:1: there is no such file$/,
  );
});

test("the build ends with 1 and every problem, each at its place", async () => {
  const file = join(folder, "mirror.yaml");
  await writeFile(file, "plan: pro\nrepositories: {}\n");
  const build = promisify(execFile)(process.execPath, ["scripts/build-config.ts", file], { cwd: project });
  await expect(build).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: [
      `${file}:1:7: plan: "pro" is not one of the choices; write free or paid`,
      `${file}:2:15: repositories: there is none; write its name and below it its \`sources:\``,
      "",
    ].join("\n"),
  });
});
