import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { directorySite } from "../support/upstream/directory-site.ts";
import {
  type Fault,
  afterTimes,
  chunked,
  content,
  cutFile,
  drip,
  emptyBody,
  endless,
  firstTimes,
  hang,
  htmlPage,
  longerThanAnnounced,
  lyingEtag,
  rateLimited,
  redirect,
  redirectChain,
  redirectLoop,
  resetAfter,
  slow,
  status,
  truncated,
  withoutValidators,
  wrongBytes,
} from "../support/upstream/faults.ts";
import { MemorySite, sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const text = "apiVersion: v1\n".repeat(100);
const files = new MemorySite({ "index.yaml": text, "a b+c.tgz": "archive" });
let upstream: Upstream;

beforeEach(async () => {
  upstream = await startUpstream(files.site);
});
afterEach(async () => {
  await upstream.close();
});

const twoCodes = async (): Promise<number[]> => [
  (await ask("index.yaml")).status,
  (await ask("index.yaml")).status,
];

interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Whether HTTP itself could see that the body is whole. */
  complete: boolean;
}

/** Plain `node:http`: nothing decompressed, followed or repaired; an error before the headers rejects. */
async function ask(path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    const request = get(`${upstream.url}/${path}`, { headers, agent: false }, (response) => {
      request.off("error", reject).on("error", () => undefined);
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => undefined);
      response.on("close", () => {
        const { statusCode = 0, complete } = response;
        resolve({ status: statusCode, headers: response.headers, body: Buffer.concat(chunks), complete });
      });
    });
    request.on("error", reject);
  });
}

describe("answers as GitHub Pages does", () => {
  test("a file with length, validators and type", async () => {
    const answer = await ask("index.yaml");
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(answer.body.toString()).toBe(text);
    expect(answer.headers).toMatchObject({
      "content-type": "text/yaml; charset=utf-8",
      "content-length": String(text.length),
      etag: expect.stringMatching(/^".+"$/),
      "last-modified": expect.stringContaining("GMT"),
    });
  });

  test("a conditional request with 304, by tag before date", async () => {
    const { headers } = await ask("index.yaml");
    const etag = String(headers["etag"]);
    const since = String(headers["last-modified"]);
    expect((await ask("index.yaml", { "if-none-match": etag })).status).toBe(304);
    expect((await ask("index.yaml", { "if-none-match": `W/${etag}` })).status).toBe(304);
    expect((await ask("index.yaml", { "if-modified-since": since })).status).toBe(304);
    expect((await ask("index.yaml", { "if-none-match": '"other"', "if-modified-since": since })).status).toBe(
      200,
    );
  });

  test("text in gzip when asked for, archives never", async () => {
    const index = await ask("index.yaml", { "accept-encoding": "gzip" });
    expect(index.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(index.body).toString()).toBe(text);
    const archive = await ask("a%20b%2Bc.tgz", { "accept-encoding": "gzip" });
    expect(archive.headers["content-encoding"]).toBeUndefined();
    expect(archive.body.toString()).toBe("archive");
  });

  test("what is missing with an HTML page", async () => {
    const answer = await ask("nothing.tgz");
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).toContain("<!DOCTYPE html>");
  });

  test("a changed file with another tag", async () => {
    const site = new MemorySite({ "index.yaml": "one" });
    upstream.site = site.site;
    const before = await ask("index.yaml");
    site.set("index.yaml", "two");
    expect((await ask("index.yaml")).headers["etag"]).not.toBe(before.headers["etag"]);
  });
});

test("serves a directory by decoded paths, and nothing outside of it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "chartkeep-site-"));
  try {
    await mkdir(join(directory, "site/sub"), { recursive: true });
    await writeFile(join(directory, "site/sub/a b.tgz"), "inside");
    await writeFile(join(directory, "secret"), "outside");
    upstream.site = sitesByFolder({ repo: directorySite(join(directory, "site")) });
    expect((await ask("repo/sub/a%20b.tgz")).body.toString()).toBe("inside");
    for (const path of ["repo/sub", "repo/%2e%2e/secret", "repo/..%2fsecret", "other/x"]) {
      expect((await ask(path)).status).toBe(404);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("records what it was asked, and how much of it at the same time", async () => {
  upstream.fault(/index/, slow(50));
  await Promise.all([ask("index.yaml", { "x-test": "1" }), ask("index.yaml?q=1"), ask("nothing")]);
  expect(upstream.concurrentMaximum).toBeGreaterThanOrEqual(2);
  expect(upstream.requestsFor(/index/)).toMatchObject([
    { method: "GET", target: "/index.yaml", headers: { "x-test": "1" }, status: 200 },
    { method: "GET", target: "/index.yaml?q=1", path: "index.yaml", status: 200 },
  ]);
  expect(upstream.requestsFor(/nothing/)).toMatchObject([{ status: 404 }]);
  upstream.forgetRequests();
  expect(upstream.requests).toEqual([]);
});

test("refuses connections while it is closed, and comes back at the same address", async () => {
  const { url } = upstream;
  await upstream.close();
  await expect(ask("index.yaml")).rejects.toThrow("ECONNREFUSED");
  await upstream.listen();
  expect(upstream.url).toBe(url);
  expect((await ask("index.yaml")).status).toBe(200);
});

describe("breaks on demand", () => {
  const whole = text.length;
  test.each<[name: string, fault: Fault, expected: { status: number; bytes: number; complete: boolean }]>([
    ["status", status(503), { status: 503, bytes: 50, complete: true }],
    ["rateLimited", rateLimited(30), { status: 429, bytes: 50, complete: true }],
    ["htmlPage", htmlPage(), { status: 200, bytes: 50, complete: true }],
    ["emptyBody", emptyBody(), { status: 200, bytes: 0, complete: true }],
    ["content", content("four"), { status: 200, bytes: 4, complete: true }],
    ["cutFile", cutFile(100), { status: 200, bytes: 100, complete: true }],
    ["truncated", truncated(100), { status: 200, bytes: 100, complete: false }],
    ["truncated at once", truncated(0), { status: 200, bytes: 0, complete: false }],
    ["truncated in chunks", truncated(100, "chunked"), { status: 200, bytes: 100, complete: false }],
    ["truncated by closing", truncated(100, "close"), { status: 200, bytes: 100, complete: true }],
    ["resetAfter", resetAfter(100), { status: 200, bytes: 100, complete: false }],
    ["redirect", redirect("/elsewhere"), { status: 302, bytes: 0, complete: true }],
    ["chunked", chunked(), { status: 200, bytes: whole, complete: true }],
    ["withoutValidators", withoutValidators(), { status: 200, bytes: whole, complete: true }],
    ["wrongBytes", wrongBytes(), { status: 200, bytes: whole, complete: true }],
  ])("%s", async (_, fault, expected) => {
    upstream.fault(/index/, fault);
    const { status: code, body, complete } = await ask("index.yaml");
    const bytes = expected.bytes === 50 && body.byteLength > 40 ? 50 : body.byteLength;
    expect({ status: code, bytes, complete }).toEqual(expected);
    upstream.clearFaults();
    expect((await ask("index.yaml")).body.toString()).toBe(text);
  });

  test("rateLimited says when to come back", async () => {
    upstream.fault(/index/, rateLimited(30, 503));
    expect((await ask("index.yaml")).headers["retry-after"]).toBe("30");
  });

  test("resetAfter(0) resets before the headers", async () => {
    upstream.fault(/index/, resetAfter(0));
    await expect(ask("index.yaml")).rejects.toThrow("ECONNRESET");
  });

  test("chunked sends no length, withoutValidators no tag and no date", async () => {
    upstream.fault(/index/, chunked());
    expect((await ask("index.yaml")).headers["content-length"]).toBeUndefined();
    upstream.fault(/index/, withoutValidators());
    const { headers } = await ask("index.yaml");
    expect([headers["etag"], headers["last-modified"]]).toEqual([undefined, undefined]);
  });

  test("wrongBytes are other bytes", async () => {
    upstream.fault(/index/, wrongBytes());
    expect((await ask("index.yaml")).body.toString()).not.toBe(text);
  });

  test.each<[name: string, fault: Fault]>([
    ["hang", hang()],
    ["hang before the body", hang("body")],
    ["drip", drip(10)],
    ["endless", endless()],
  ])("%s goes on until the faults are cleared", async (_, fault) => {
    upstream.fault(/index/, fault);
    const asked = ask("index.yaml").catch(() => "reset");
    const early = await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 100, "waiting"))]);
    expect(early).toBe("waiting");
    upstream.clearFaults();
    const end = await asked;
    expect(typeof end === "string" || !end.complete).toBe(true);
  });

  test("longerThanAnnounced sends more than it says", async () => {
    upstream.fault(/index/, longerThanAnnounced(10));
    const answer = await ask("index.yaml").catch((error: unknown) => String(error));
    // The client reads what was announced, or sees the rest as a broken next answer.
    expect(typeof answer === "string" ? answer : answer.headers["content-length"]).toMatch(/Parse|1500/);
  });

  test("redirectChain ends at the file, redirectLoop does not", async () => {
    upstream.fault(/index/, redirectChain(3));
    expect(await (await fetch(`${upstream.url}/index.yaml`)).text()).toBe(text);
    expect(upstream.requests.map(({ status: code }) => code)).toEqual([302, 302, 302, 200]);
    upstream.fault(/index/, redirectLoop());
    await expect(fetch(`${upstream.url}/index.yaml`)).rejects.toThrow("fetch failed");
  });

  test("lyingEtag says 304 to who knows the tag, whatever the file holds", async () => {
    upstream.fault(/index/, lyingEtag('"x"'));
    expect((await ask("index.yaml")).headers["etag"]).toBe('"x"');
    expect((await ask("index.yaml", { "if-none-match": '"x"' })).status).toBe(304);
  });

  test("firstTimes and afterTimes count requests", async () => {
    upstream.fault(/index/, firstTimes(2, status(500)));
    expect([...(await twoCodes()), ...(await twoCodes())]).toEqual([500, 500, 200, 200]);
    upstream.fault(/index/, afterTimes(1, status(500)));
    expect(await twoCodes()).toEqual([200, 500]);
  });

  test("the latest fault for a path counts, other paths stay well", async () => {
    upstream.fault(/./, status(500));
    upstream.fault(/index/, status(410));
    expect((await ask("index.yaml")).status).toBe(410);
    expect((await ask("a%20b+c.tgz")).status).toBe(500);
  });
});
