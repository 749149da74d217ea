/** A running server that a repository can be added from. */
export interface Peer extends AsyncDisposable {
  /** Without a trailing slash. */
  url: string;
}

/** One that this machine cannot run. */
export interface Skipped extends AsyncDisposable {
  skipped: string;
}

export function skipped(why: string): Skipped {
  return { skipped: `skipped: ${why}`, [Symbol.asyncDispose]: () => Promise.resolve() };
}

export const isSkipped = (peer: Peer | Skipped): peer is Skipped => "skipped" in peer;
