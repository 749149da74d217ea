import type { Config } from "./config.ts";
import { type ConfigProblem, ConfigurationError } from "./configuration-error.ts";
import { keysOf } from "./keys-of.ts";
import { LocatedDocument, type Path } from "./located-document.ts";
import { type PublicKeys, readPublicKeys } from "./public-keys.ts";
import { type Reading, quoted } from "./reading.ts";
import { writePath } from "./write-path.ts";

export interface Mirror {
  /** What `readConfig` has read. */
  yamlText: string;
  /** Stands before each problem. */
  fileName: string;
  /** The text of a file that `keyring` names, relative to mirror.yaml. */
  readText: (file: string) => Reading<string>;
  /** Milliseconds since 1970. */
  now: number;
}

type Key = { path: Path; written: string };

/**
 * Puts the keys in the place of what `keyring` says: apart from `readConfig`, because reading keys takes files and
 * time.
 *
 * @returns the configuration, and what the operator should know of its keys, one line each
 * @throws {ConfigurationError} with every key that cannot be used
 */
export async function readKeyrings(
  config: Config,
  { yamlText, fileName, readText, now }: Mirror,
): Promise<{ config: Config; notices: string[] }> {
  const document = new LocatedDocument(yamlText);
  const problems: ConfigProblem[] = [];
  const notices: string[] = [];
  const read = new Map<string, string[]>();
  for (const { path, written } of keysIn(document.value())) {
    const reading = await readKey(written, readText, now);
    if ("problem" in reading) {
      problems.push({ ...document.placeOf(path), path: writePath(path), message: reading.problem });
      continue;
    }
    read.set(written, reading.value.armored);
    notices.push(...reading.value.notices.map((notice) => `${fileName}: ${writePath(path)}: ${notice}`));
  }
  if (problems.length > 0) throw new ConfigurationError(fileName, problems);
  return { config: withKeys(config, read), notices };
}

function keysIn(file: unknown): Key[] {
  const top = keysOf(file);
  const repositories = [...keysOf(top.get("repositories"))];
  return [
    ...keyringOf([], top),
    ...repositories.flatMap(([name, repository]) => keyringOf(["repositories", name], keysOf(repository))),
  ];
}

function keyringOf(path: Path, keys: Map<string, unknown>): Key[] {
  const written = keys.get("keyring");
  if (!Array.isArray(written)) return [];
  return written.flatMap((one: unknown, position): Key[] =>
    typeof one === "string" ? [{ path: [...path, "keyring", position], written: one }] : [],
  );
}

async function readKey(
  written: string,
  readText: Mirror["readText"],
  now: number,
): Promise<Reading<PublicKeys>> {
  if (written.includes("-----BEGIN")) return await readPublicKeys(written, now);
  const text = readText(written);
  if ("problem" in text) return { problem: `${quoted(written)}: ${text.problem}` };
  const keys = await readPublicKeys(text.value, now);
  return "problem" in keys ? { problem: `${quoted(written)}: ${keys.problem}` } : keys;
}

function withKeys(config: Config, read: ReadonlyMap<string, string[]>): Config {
  const repositories = Object.entries(config.repositories).map(([name, repository]) => {
    const keyring = repository.policies.keyring.flatMap((written) => read.get(written) ?? []);
    return [name, { ...repository, policies: { ...repository.policies, keyring } }] as const;
  });
  return { ...config, repositories: Object.fromEntries(repositories) };
}
