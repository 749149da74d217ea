import type { DebianRegistry } from "./debian-registry.ts";
import { type RepositoryContent, digestOf } from "./content.ts";

/** Uploads blobs and manifests with their tags, as they are: by plain HTTP, for speed and for what Helm cannot. */
export async function pushContent(
  registry: DebianRegistry,
  repository: string,
  content: RepositoryContent,
): Promise<void> {
  for (const bytes of content.blobs.values()) await pushBlob(registry, repository, bytes);
  for (const { digest, mediaType, bytes } of content.manifests.values()) {
    const tags = [...content.tags].filter(([, tagged]) => tagged === digest).map(([tag]) => tag);
    for (const reference of tags.length === 0 ? [digest] : tags) {
      const headers = { "content-type": mediaType };
      const init = { method: "PUT", headers, body: new Uint8Array(bytes) };
      await expectCreated(registry, `/v2/${repository}/manifests/${reference}`, init);
    }
  }
}

/**
 * Gives a repository a blob of another one and nothing else, as a push that was cut off leaves it: the
 * catalogue shows it, and it has no tags.
 */
export async function mountBlob(
  registry: DebianRegistry,
  repository: string,
  { digest, from }: { digest: string; from: string },
): Promise<void> {
  const path = `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${from}`;
  await expectCreated(registry, path, { method: "POST" });
}

async function pushBlob(registry: DebianRegistry, repository: string, bytes: Uint8Array): Promise<void> {
  const begun = await registry.fetch(`/v2/${repository}/blobs/uploads/`, { method: "POST" });
  const upload = new URL(begun.headers.get("location") ?? "", registry.url);
  upload.searchParams.set("digest", digestOf(bytes));
  const init = { method: "PUT", body: new Uint8Array(bytes) };
  await expectCreated(registry, upload.pathname + upload.search, init);
}

async function expectCreated(registry: DebianRegistry, path: string, init: RequestInit): Promise<void> {
  const answer = await registry.fetch(path, init);
  const said = await answer.text();
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${said}`);
}
