import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import type { Config } from "../src/config/config.ts";
import { ConfigurationError } from "../src/config/configuration-error.ts";
import type { Plan } from "../src/config/plans.ts";
import { readConfig } from "../src/config/read-config.ts";
import { readKeyrings } from "../src/config/read-keyrings.ts";
import type { Reading } from "../src/config/reading.ts";

/**
 * `readConfig` of a file, with the keys that it names.
 *
 * @param tell takes what is no mistake and worth knowing, a line each
 * @throws {ConfigurationError} where there is none that can be read, too
 */
export async function loadConfig(
  file: string,
  planWhereUnsaid: Plan,
  tell: (line: string) => void,
): Promise<Config> {
  const near = relative(process.cwd(), file);
  const fileName = near.startsWith("..") ? file : near;
  const yaml = textOf(file);
  if ("problem" in yaml) {
    throw new ConfigurationError(fileName, [{ line: 1, column: 1, path: "", message: yaml.problem }]);
  }
  const read = readConfig(yaml.value, fileName, planWhereUnsaid);
  const readText = (name: string) => textOf(resolve(dirname(file), name));
  const mirror = { yamlText: yaml.value, fileName, readText, now: Date.now() };
  const { config, notices } = await readKeyrings(read, mirror);
  for (const notice of notices) tell(notice);
  return config;
}

function textOf(file: string): Reading<string> {
  try {
    return { value: readFileSync(file, "utf8") };
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    return { problem: missing ? "there is no such file" : `cannot be read: ${String(cause)}` };
  }
}
