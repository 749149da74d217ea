import type { RegistryContent } from "../../test/support/registry/content.ts";

/** Where uploads end that a registry on the same two cores can take at a time. */
const width = 8;

/** Writes all that a stand-in's content holds into a real registry, by its own protocol. */
export async function pushContent(content: RegistryContent, registry: string): Promise<void> {
  const blobs: (() => Promise<void>)[] = [];
  const manifests: (() => Promise<void>)[] = [];
  for (const name of content.names) {
    const repository = content.ensure(name);
    for (const [digest, bytes] of repository.blobs) {
      blobs.push(async () => pushBlob(`${registry}/v2/${name}`, digest, bytes));
    }
    for (const [tag, digest] of repository.tags) {
      const { mediaType, bytes } = repository.manifest(digest) ?? missing(`${name}:${tag}`);
      const url = `${registry}/v2/${name}/manifests/${tag}`;
      manifests.push(async () => put(url, bytes, mediaType));
    }
  }
  await inLanes(blobs);
  await inLanes(manifests); // a registry refuses one whose blobs it lacks
}

async function pushBlob(repository: string, digest: string, bytes: Uint8Array): Promise<void> {
  const begun = await fetch(`${repository}/blobs/uploads/`, { method: "POST" });
  await begun.arrayBuffer();
  const upload = new URL(begun.headers.get("location") ?? "", begun.url);
  upload.searchParams.set("digest", digest);
  await put(upload.href, bytes, "application/octet-stream");
}

async function put(url: string, bytes: Uint8Array, type: string): Promise<void> {
  const headers = { "content-type": type };
  const answer = await fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers });
  if (answer.status !== 201) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

async function inLanes(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let task = tasks[next]; task !== undefined; task = tasks[next]) {
      next += 1;
      await task();
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}

function missing(what: string): never {
  throw new Error(`there is no manifest of ${what}`);
}
