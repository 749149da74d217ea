import { parse, stringify } from "yaml";

interface NaiveEnv {
  /** Without a trailing slash. */
  UPSTREAM: string;
}

interface Index {
  entries: Record<string, { urls: string[] }[]>;
}

/**
 * What one would write in an afternoon: at each request for the index the upstream's is fetched, parsed, pointed
 * at this Worker, and written again; archives are passed on. It keeps nothing. With the platform's cache before
 * it a hit would cost what it costs with any Worker, so all are measured without.
 */
export default {
  async fetch(request: Request, { UPSTREAM }: NaiveEnv): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    const answer = await fetch(UPSTREAM + pathname);
    if (pathname !== "/index.yaml" || !answer.ok) return answer;
    const index: Index = parse(await answer.text());
    for (const entry of Object.values(index.entries).flat()) {
      entry.urls = entry.urls.map((url) => origin + new URL(url, `${UPSTREAM}/`).pathname);
    }
    return new Response(stringify(index), { headers: { "Content-Type": "application/yaml" } });
  },
};
