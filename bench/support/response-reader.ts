const headEnd = "\r\n\r\n";
/** Bytes: of a head, and of the lines around chunks. */
const longest = { head: 65_536, line: 256 };

export interface ReadResponse {
  status: number;
  /** Names in lower case; of repeated ones the last. */
  headers: ReadonlyMap<string, string>;
  /** Bytes of the body, without the framing of chunks. */
  bytes: number;
}

type Part = "head" | "body" | "size-line" | "chunk" | "chunk-end" | "trailer";

/**
 * Reads the answers of one connection, one after the other, and keeps nothing of their bodies itself (RFC 9112,
 * sections 6.3 and 7.1). What it does not need it does not know: an answer that ends with its connection, pipelining.
 */
export class ResponseReader {
  #part: Part = "head";
  #text = "";
  #left = 0;
  #status = 0;
  #headers: ReadonlyMap<string, string> = new Map();
  #bytes = 0;
  readonly #take: (part: Buffer) => void;

  /** @param take gets each part of a body, in a buffer that is used again behind it */
  constructor(take: (part: Buffer) => void = () => undefined) {
    this.#take = take;
  }

  /** @returns the response, once this is its last part @throws {Error} at what no server should send */
  push(data: Buffer): ReadResponse | undefined {
    let at = 0;
    while (at < data.length) {
      at = this.#read(data, at);
      if (this.#part === "head" && this.#status !== 0) {
        if (at < data.length) throw new Error("more came than the answer");
        return this.#finish();
      }
    }
    return undefined;
  }

  #finish(): ReadResponse {
    const response = { status: this.#status, headers: this.#headers, bytes: this.#bytes };
    this.#status = 0;
    this.#bytes = 0;
    return response;
  }

  /** @returns where to go on reading */
  #read(data: Buffer, at: number): number {
    if (this.#part === "body") return this.#skip(data, at, true, "head");
    if (this.#part === "chunk") return this.#skip(data, at, true, "chunk-end");
    if (this.#part === "chunk-end") return this.#skip(data, at, false, "size-line");
    if (this.#part === "head") return this.#readLine(data, at, headEnd, (text) => this.#begin(text));
    return this.#readLine(data, at, "\r\n", (text) => {
      if (this.#part === "size-line") this.#beginChunk(text);
      else if (text === "") this.#part = "head";
    });
  }

  #beginChunk(sizeLine: string): void {
    if (!/^[0-9a-f]/i.test(sizeLine)) throw new Error(`not the size of a chunk: ${sizeLine}`);
    this.#left = Number.parseInt(sizeLine, 16);
    this.#part = this.#left === 0 ? "trailer" : "chunk";
  }

  #readLine(data: Buffer, at: number, end: string, use: (text: string) => void): number {
    const most = this.#part === "head" ? longest.head : longest.line;
    const before = this.#text.length;
    this.#text += data.toString("latin1", at, Math.min(data.length, at + most));
    const found = this.#text.indexOf(end);
    if (found < 0) {
      if (this.#text.length > most) throw new Error("a line of the answer does not end");
      return data.length;
    }
    const text = this.#text.slice(0, found);
    this.#text = "";
    use(text);
    return at + found + end.length - before;
  }

  #skip(data: Buffer, at: number, counts: boolean, next: Part): number {
    const skipped = Math.min(this.#left, data.length - at);
    this.#left -= skipped;
    if (counts) {
      this.#bytes += skipped;
      this.#take(data.subarray(at, at + skipped));
    }
    if (this.#left === 0) {
      this.#part = next;
      if (next === "chunk-end") this.#left = 2;
    }
    return at + skipped;
  }

  #begin(head: string): void {
    const [statusLine = "", ...lines] = head.split("\r\n");
    this.#status = Number(statusLine.split(" ")[1]);
    if (!(this.#status >= 200)) throw new Error(`no answer: ${statusLine}`);
    this.#headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    if (this.#status === 304 || this.#status === 204) return;
    if (this.#headers.get("transfer-encoding") === "chunked") this.#part = "size-line";
    else this.#expectBody(this.#headers.get("content-length"));
  }

  #expectBody(length: string | undefined): void {
    if (length === undefined) throw new Error("the answer does not say how long it is");
    this.#left = Number(length);
    if (this.#left > 0) this.#part = "body";
  }
}
