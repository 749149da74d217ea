import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { format, resolveConfig as resolveStyle } from "prettier";
import { ConfigurationError } from "../src/config/configuration-error.ts";
import { loadConfig } from "../local/load-config.ts";
import { mirrorJsonSchema } from "../src/config/schema.ts";

const project = resolve(import.meta.dirname, "..");
const moduleFile = join(project, ".chartkeep/mirror.ts");
const schemaFile = join(project, "mirror.schema.json");

const program = new Command("build-config")
  .description("Check mirror.yaml and compile it into the module that the Worker is built with.")
  .argument("[file]", "the configuration (default: mirror.yaml of this project)")
  .option("--schema", "write mirror.schema.json, by which editors complete mirror.yaml, and nothing else")
  .action(async (file: string | undefined, options: { schema?: true }) => {
    if (options.schema) writeIfOther(schemaFile, await schemaText());
    else writeIfOther(moduleFile, await moduleText(file ?? join(project, "mirror.yaml")));
  });

async function moduleText(file: string): Promise<string> {
  const config = await loadConfig(file, "free", console.error);
  const type = 'import type { Config } from "../src/config/config.ts";';
  return `${type}\n\nexport const config: Config = ${JSON.stringify(config, null, 2)};\n`;
}

async function schemaText(): Promise<string> {
  return await format(JSON.stringify(mirrorJsonSchema()), {
    ...(await resolveStyle(schemaFile)),
    parser: "json",
  });
}

/** What is as it should be stays untouched: `wrangler dev` builds again when a file changes. */
function writeIfOther(file: string, text: string): void {
  if (readIfThere(file) === text) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
