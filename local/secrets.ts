import { parseEnv } from "node:util";
import type { Config } from "../src/config/config.ts";

export interface Secrets {
  /** Name → value. */
  secrets: Record<string, string>;
  /** Names that are nowhere. */
  missing: string[];
}

/**
 * Looks up what the `credentials` and `webhooks` of a configuration name: in the environment, then in .dev.vars. An empty
 * value counts as none, because it is of no use to anybody.
 *
 * @param devVars the text of .dev.vars: `KEY=value` lines
 */
export function findSecrets(config: Config, environment: NodeJS.ProcessEnv, devVars: string): Secrets {
  const file = parseEnv(devVars);
  const found: Secrets = { secrets: {}, missing: [] };
  for (const name of secretNames(config)) {
    const value = [environment[name], file[name]].find((text) => text !== undefined && text !== "");
    if (value === undefined) found.missing.push(name);
    else found.secrets[name] = value;
  }
  return found;
}

/** What to say at the start of each secret that is nowhere. */
export function missingLines(missing: readonly string[]): string[] {
  return missing.map(
    (name) =>
      `The secret ${name} is nowhere, so the registry or webhook that needs it goes without. Set an environment variable ${name}=… (of a registry: user:password), or write that as a line into .dev.vars, and start again.`,
  );
}

function secretNames({ repositories }: Config): Set<string> {
  return new Set(
    Object.values(repositories).flatMap(({ sources, notify }) => [
      ...sources.flatMap((source) =>
        source.kind === "oci" && source.credentials !== undefined ? [source.credentials] : [],
      ),
      ...notify.webhooks.flatMap(({ to, key }) => [
        ...("secret" in to ? [to.secret] : []),
        ...(key === undefined ? [] : [key]),
      ]),
    ]),
  );
}
