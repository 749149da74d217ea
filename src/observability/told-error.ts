/** An error as it is logged, with its causes: what the stores threw stands there. */
export function toldError(error: unknown): unknown {
  if (Array.isArray(error)) return error.map(toldError);
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : { message: error.message, cause: toldError(error.cause) };
}
