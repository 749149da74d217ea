import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Config } from "../src/config/config.ts";
import { ConfigurationError } from "../src/config/configuration-error.ts";
import type { Plan } from "../src/config/plans.ts";
import { readConfig } from "../src/config/read-config.ts";

/** `readConfig` of a file. @throws {ConfigurationError} where there is none that can be read, too */
export function loadConfig(file: string, planWhereUnsaid: Plan): Config {
  const near = relative(process.cwd(), file);
  const shown = near.startsWith("..") ? file : near;
  return readConfig(textOf(file, shown), shown, planWhereUnsaid);
}

function textOf(file: string, shown: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const message = missing ? "there is no such file" : `cannot be read: ${String(cause)}`;
    throw new ConfigurationError(shown, [{ line: 1, column: 1, path: "", message }]);
  }
}
