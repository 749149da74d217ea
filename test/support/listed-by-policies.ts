import { env } from "cloudflare:test";
import type { RepositoryConfig } from "../../src/config/config.ts";
import { defaultPolicies, type Policies } from "../../src/config/policies.ts";
import { archiveKey } from "../../src/storage/keys.ts";
import { type Harness, type IndexedVersion, indexOf, requireEveryArchive } from "./keeper-harness.ts";

export const day = 86_400;
export const other = "https://other.example.com/charts";

export const policies = (also: Partial<Policies>): Partial<RepositoryConfig> => ({
  policies: { ...defaultPolicies, ...also },
});

export function setPolicies(harness: Harness, also: Partial<Policies>): void {
  harness.parts.config = { ...harness.parts.config, ...policies(also) };
}

/** The upstream has these and no others; each archive's content is its version and what stands behind the `@`. */
export async function publish(
  harness: Harness,
  names: string[],
  { below = "", created }: { below?: string; created?: string } = {},
): Promise<void> {
  const entries = names.map(async (name): Promise<IndexedVersion> => {
    const [, chart = "", version = "", content = ""] = /^(.*) ([^@]*)@?(.*)$/.exec(name) ?? [];
    const url = `${below}${chart}-${version}${content}.tgz`;
    const digest = await harness.upstream.archive(url, name);
    return { chart, version, digest, url, ...(created === undefined ? {} : { created }) };
  });
  harness.upstream.put(`${below}index.yaml`, indexOf(await Promise.all(entries)));
}

export async function check(harness: Harness, seconds = 600): Promise<void> {
  harness.wait(seconds);
  await harness.settle();
}

/** What the archives of the published index have in them, in its order. */
export async function listed(harness: Harness): Promise<string[]> {
  await requireEveryArchive(harness);
  const entries = Object.values((await harness.index()).entries).flat();
  return await Promise.all(entries.map(async ({ digest }) => await contentOf(digest)));
}

async function contentOf(digest: string): Promise<string> {
  const archive = await env.BUCKET.get(archiveKey(digest));
  return (await archive?.text())?.replace(/^[^a-z]*/, "") ?? "nothing";
}

/** Archives that were asked for, without what is asked for beside them. */
export const copied = ({ upstream }: Harness): string[] =>
  upstream.requests.filter((path) => path.endsWith(".tgz"));
