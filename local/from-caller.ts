import { resolve } from "node:path";

/**
 * Resolves a path as it was written on the command line of an npm script: npm changes to the project's folder,
 * but what was written is meant from where npm was called.
 */
export function fromCaller(script: string): (path: string) => string {
  const { npm_lifecycle_event: running, INIT_CWD: caller } = process.env;
  const base = running === script && caller !== undefined ? caller : process.cwd();
  return (path) => resolve(base, path);
}
