import type { OpenDocument } from "../storage/documents.ts";
import { StorageUnavailable } from "../storage/storage-unavailable.ts";

/**
 * Whether an index, whatever its style, may mean the archive with this digest: the digest stands in it, or none
 * does, as in indexes that list no digests at all. It is searched while it streams, and held nowhere.
 *
 * @param digest lowercase hexadecimal; some publishers write it in capitals
 * @throws StorageUnavailable when the store breaks off
 */
export async function mayList({ body }: Pick<OpenDocument, "body">, digest: string): Promise<boolean> {
  // One character a byte: what is looked for is ASCII, so the rest may become anything.
  const decoder = new TextDecoder("latin1");
  const word = "digest";
  let end = "";
  let hasDigests = false;
  try {
    for await (const chunk of body) {
      const text = end + decoder.decode(chunk, { stream: true }).toLowerCase();
      if (text.includes(digest)) return true;
      hasDigests ||= text.includes(word);
      end = text.slice(-digest.length);
    }
  } catch (cause) {
    throw new StorageUnavailable("The index of a source broke off while it was read.", { cause });
  }
  return !hasDigests;
}
