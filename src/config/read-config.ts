import type { core } from "zod";
import { checkMirror } from "./check-mirror.ts";
import { closestKey } from "./closest-key.ts";
import type { Config } from "./config.ts";
import { type ConfigProblem, ConfigurationError } from "./configuration-error.ts";
import { describeIssue } from "./describe-issue.ts";
import type { Finding } from "./finding.ts";
import { knownKeys } from "./known-keys.ts";
import { LocatedDocument, type Mistake } from "./located-document.ts";
import type { Plan } from "./plans.ts";
import { resolveConfig } from "./resolve-config.ts";
import { mirrorFile } from "./schema.ts";
import { writePath } from "./write-path.ts";

/**
 * Reads mirror.yaml, checks it and fills in what it leaves open.
 *
 * @param fileName stands before each problem
 * @param planWhereUnsaid the plan of a file that names none. `free` works on both; where no platform counts
 * (locally), `paid` is faster.
 * @throws {ConfigurationError} with every problem at once
 */
export function readConfig(yamlText: string, fileName: string, planWhereUnsaid: Plan = "free"): Config {
  const document = new LocatedDocument(yamlText);
  const broken = document.broken.map(unnamed);
  if (broken.length > 0) throw new ConfigurationError(fileName, broken);
  const written = document.value();
  const whole = whyNotMapping(written);
  if (whole !== undefined) {
    throw new ConfigurationError(fileName, [{ ...document.placeOf([]), path: "", message: whole }]);
  }
  const read = mirrorFile.safeParse(written, { error: describeIssue });
  const findings = [...(read.error?.issues ?? []).flatMap(findingsOf), ...checkMirror(written)];
  const problems = [
    ...document.repeated.map(unnamed),
    ...findings.map((finding) => locate(document, finding)),
  ];
  if (read.data === undefined || problems.length > 0) {
    throw new ConfigurationError(fileName, problems.toSorted(byPlace));
  }
  return resolveConfig(read.data, planWhereUnsaid);
}

function whyNotMapping(written: unknown): string | undefined {
  const instead = "write `repositories:` and below it what is to be mirrored";
  if (written === null || written === undefined) return `the file is empty; ${instead}`;
  if (typeof written !== "object" || Array.isArray(written)) {
    return `the file is ${Array.isArray(written) ? "a list" : "a single value"}, not a mapping; ${instead}`;
  }
  return undefined;
}

function findingsOf(issue: core.$ZodIssue): Finding[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
  const known = knownKeys(path);
  return issue.keys.map((key) => {
    const meant = closestKey(key, known);
    const instead = meant === undefined ? `known here are ${known.join(", ")}` : `did you mean ${meant}?`;
    return { path: [...path, key], message: `is not a known key; ${instead}`, atKey: true };
  });
}

const unnamed = ({ place, message }: Mistake): ConfigProblem => ({ ...place, path: "", message });

function locate(document: LocatedDocument, { path, message, atKey }: Finding): ConfigProblem {
  const place = atKey === true ? document.placeOfKey(path) : document.placeOf(path);
  return { ...place, path: writePath(path), message };
}

const byPlace = (a: ConfigProblem, b: ConfigProblem): number => a.line - b.line || a.column - b.column;
