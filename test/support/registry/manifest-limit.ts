import type { RegistrySettings } from "./options.ts";

export interface Spent {
  /** Whether the limit is passed with this one. */
  refused: boolean;
  headers: Record<string, string>;
}

/** Counts GETs of manifests in windows of a fixed length; HEAD sees the count and leaves it alone. */
export class ManifestLimit {
  readonly #settings: RegistrySettings;
  #windowEnds = 0;
  #gets = 0;

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
  }

  spend(method: string): Spent {
    const { manifestLimit: limit, clock } = this.#settings;
    if (limit === undefined) return { refused: false, headers: {} };
    const now = clock();
    if (now >= this.#windowEnds) [this.#windowEnds, this.#gets] = [now + limit.seconds * 1000, 0];
    if (method === "GET") this.#gets += 1;
    const left = Math.max(0, limit.gets - this.#gets);
    const headers = {
      "ratelimit-limit": `${limit.gets};w=${limit.seconds}`,
      "ratelimit-remaining": `${left};w=${limit.seconds}`,
    };
    if (method !== "GET" || this.#gets <= limit.gets) return { refused: false, headers };
    const wait = Math.ceil((this.#windowEnds - now) / 1000);
    return { refused: true, headers: { ...headers, "retry-after": String(wait) } };
  }
}
