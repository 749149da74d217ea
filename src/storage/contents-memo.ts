import type { Contents } from "./contents.ts";
import { fromCurrentRevision, type Documents } from "./current-revision.ts";
import type { Head } from "./head.ts";
import { revisionKey } from "./keys.ts";
import { StorageUnavailable } from "./storage-unavailable.ts";
import { parseContents } from "./stored-json.ts";

/**
 * Tables of contents, kept from one request to the next: a revision's never changes. What was not used for
 * longest is let go when there is too much of it. Values are kept and never promises: the platform lets no
 * request wait for what another one began.
 */
export class ContentsMemo {
  readonly #capacity: number;
  readonly #kept = new Map<string, { contents: Contents; size: number }>();
  #size = 0;

  /** @param capacity how much may be kept, in characters of the documents' text */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * `undefined` where the revision has no such document (any more).
   *
   * @throws StorageUnavailable
   */
  async read(documents: Documents, repository: string, revision: string): Promise<Contents | undefined> {
    const key = revisionKey(repository, revision, "contents.json");
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key); // and back in as the one used last
      this.#kept.set(key, known);
      return known.contents;
    }
    const text = await documents.near.text(key);
    if (text === undefined) return undefined;
    const contents = parseContents(text);
    if (contents === undefined)
      throw new StorageUnavailable(`contents.json of ${repository} cannot be read.`);
    this.#keep(key, contents, text.length);
    return contents;
  }

  #keep(key: string, contents: Contents, size: number): void {
    if (size > this.#capacity || this.#kept.has(key)) return;
    this.#kept.set(key, { contents, size });
    this.#size += size;
    for (const [oldest, { size: freed }] of this.#kept) {
      if (this.#size <= this.#capacity) return;
      this.#kept.delete(oldest);
      this.#size -= freed;
    }
  }
}

/**
 * The table of contents of the current revision, with the head that it belongs to.
 *
 * @throws StorageUnavailable
 */
export async function readContents(
  { documents, contents }: { documents: Documents; contents: ContentsMemo },
  repository: string,
  near: Head,
): Promise<{ head: Head; contents: Contents }> {
  return fromCurrentRevision(documents, repository, near, async (head) => {
    const table = await contents.read(documents, repository, head.revision);
    return table && { head, contents: table };
  });
}
