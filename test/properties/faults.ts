/** What an upstream does instead of answering as it should. */
export type Fault = keyof typeof faults;

export interface Asked {
  isIndex: boolean;
  /** What would be answered; `undefined`: there is no such file. */
  body: Uint8Array<ArrayBuffer> | undefined;
  /** The index names no digest of it, so whatever is answered is believed. */
  isUnverified: boolean;
}

const encoder = new TextEncoder();
const page = "<!doctype html><title>Site not found</title>";

/** `undefined`: this is answered as always. */
type Faulty = (asked: Asked) => Response | undefined;

const ofIndex = (answer: (index: Uint8Array<ArrayBuffer>) => Response): Faulty =>
  function answerIndex({ isIndex, body }) {
    return isIndex && body !== undefined ? answer(body) : undefined;
  };
const ofArchives = (answer: () => Response): Faulty =>
  function answerArchive({ isIndex }) {
    return isIndex ? undefined : answer();
  };

export const faults = {
  unreachable: () => {
    throw new TypeError("connection refused");
  },
  unavailable: () => new Response("down", { status: 503 }),
  "told to wait": () => new Response("later", { status: 429, headers: { "retry-after": "120" } }),
  deleted: () => new Response(page, { status: 404 }),
  "a page instead of the index": ofIndex(() => new Response(page)),
  "an empty file instead of the index": ofIndex(() => new Response("")),
  "an index without entries": ofIndex(() => new Response("apiVersion: v1\nentries: {}\n")),
  "an index with conflict markers": ofIndex(
    (index) => new Response(new Blob(["<<<<<<< HEAD\n", index, ">>>>>>> main\n"])),
  ),
  "an index that is cut off": ofIndex((index) => new Response(index.subarray(0, index.length / 2))),
  "an index that breaks off": ofIndex((index) => new Response(breakingOff(index))),
  "no archives": ofArchives(() => new Response(page, { status: 404 })),
  "archives that fail": ofArchives(() => new Response("down", { status: 500 })),
  "pages instead of archives": ofArchives(() => new Response(page)),
  "other bytes than the index says": ({ isIndex, isUnverified, body }) =>
    isIndex || isUnverified || body === undefined
      ? undefined
      : new Response(new Blob([body, encoder.encode("!")])),
} satisfies Record<string, Faulty>;

export const faultNames: readonly Fault[] = Object.keys(faults).filter(isFault);

function isFault(name: string): name is Fault {
  return Object.hasOwn(faults, name);
}

/** The first half comes, and then the connection is reset. */
function breakingOff(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  let halves = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      halves += 1;
      if (halves > 1) controller.error(new Error("connection reset"));
      else controller.enqueue(bytes.slice(0, Math.ceil(bytes.length / 2)));
    },
  });
}
