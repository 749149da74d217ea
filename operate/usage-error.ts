/** The command cannot be understood, or lacks something: told in one line, and nothing was asked. */
export class UsageError extends Error {
  override name = "UsageError";
}
