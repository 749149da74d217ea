import type { Reading } from "./reading.ts";

/** For editors, in the JSON Schema. */
export const secretNamePattern = "^[A-Z][A-Z0-9_]*$";

const shape = new RegExp(secretNamePattern);

/** The Worker's own bindings (wrangler.toml); a secret of such a name cannot be stored. */
const taken: readonly string[] = ["KV", "BUCKET", "KEEPER"];

/**
 * Reads the name of a secret. Never repeats what was written: somebody may have written the secret itself.
 *
 * @param content what the secret holds, for messages
 */
export function readSecretName(
  text: string,
  example = "TEAM_REGISTRY",
  content = "`user:password`",
): Reading<string> {
  if (!shape.test(text)) {
    return {
      problem: `this is not the name of a secret; write one of capitals, digits and _, like ${example}, and store ${content} under it with \`npx wrangler secret put ${example}\`, never in this file`,
    };
  }
  if (taken.includes(text)) {
    return {
      problem: `${text} is what the Worker calls one of its stores; choose another name, like ${text}_LOGIN`,
    };
  }
  return { value: text };
}
