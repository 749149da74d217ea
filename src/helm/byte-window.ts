/** The part of a byte stream that is still needed, in one piece: it grows only with what is kept. */
export class ByteWindow {
  #store = new Uint8Array(128 * 1024);
  /** What is held now. */
  bytes = this.#store.subarray(0, 0);
  view = new DataView(this.#store.buffer);

  /**
   * Adds a chunk and lets go of everything before `keepFrom`, where it pays.
   * Returns by how much every position into the window has become smaller.
   */
  append(chunk: Uint8Array, keepFrom: number): number {
    const held = this.bytes.length;
    if (held + chunk.length <= this.#store.length) {
      this.#store.set(chunk, held);
      this.bytes = this.#store.subarray(0, held + chunk.length);
      return 0;
    }
    const kept = held - keepFrom;
    const needed = kept + chunk.length;
    const old = this.#store;
    // Twice what is needed: a window that is nearly full would be moved for every small chunk.
    if (needed * 2 > old.length) {
      this.#store = new Uint8Array(needed * 2);
      this.view = new DataView(this.#store.buffer);
    }
    this.#store.set(old.subarray(keepFrom, held), 0);
    this.#store.set(chunk, kept);
    this.bytes = this.#store.subarray(0, needed);
    return keepFrom;
  }
}
