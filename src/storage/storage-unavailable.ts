/** The store's fault: it failed, took too long, or holds something that cannot be what was written. */
export class StorageUnavailable extends Error {
  override readonly name = "StorageUnavailable";
  readonly code = "storage-unavailable";
  readonly retryable = true;
}
