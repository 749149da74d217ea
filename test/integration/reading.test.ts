import { type IncomingHttpHeaders, request } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateRepository } from "../../bench/generate/generated-repository.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { generatedSite } from "../support/upstream/generated-site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const repository = generateRepository({ charts: 2, versions: 20, provenance: true });
repository.addVersion("plus", "1.0.0+build.7");
const [file = ""] = repository.files;
let upstream: Upstream;
let mirror: Mirror;
let archive: string;

beforeAll(async () => {
  upstream = await startUpstream(generatedSite(repository));
  mirror = await startMirror({ web: { url: upstream.url } }, { root: "web" });
  await mirror.sync("web");
  const entry = (await mirror.listed("web")).find(({ urls }) => urls[0].endsWith(`/${file}`));
  archive = `web/${entry?.urls[0]}`;
});
afterAll(async () => {
  await mirror.stop();
  await upstream.close();
});

interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Plain `node:http`, which asks for nothing and decodes nothing by itself, like Helm. */
async function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    const asked = request(mirror.urlOf(path), { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    asked.on("error", reject).end();
  });
}

test("the index is JSON with a strong tag, one chart version a line, and has its length on it", async () => {
  const { status, headers, body } = await ask("web/index.yaml");
  expect(status).toBe(200);
  expect(headers.etag).toMatch(/^"[^"]+"$/);
  expect(headers["content-encoding"]).toBeUndefined();
  expect(headers["content-length"]).toBe(String(body.byteLength));
  const lines = body.toString().split("\n");
  expect(lines.filter((line) => line.includes('"urls"'))).toHaveLength(21);
  expect(Object.keys(JSON.parse(body.toString()))).toEqual(["apiVersion", "entries"]);
});

test("the index comes in gzip when asked for, with a tag of its own, and is the same", async () => {
  const plain = await ask("web/index.yaml");
  const packed = await ask("web/index.yaml", { "accept-encoding": "gzip" });
  expect(packed.headers["content-encoding"]).toBe("gzip");
  expect(packed.headers.vary?.toLowerCase()).toContain("accept-encoding");
  expect(packed.headers.etag).not.toBe(plain.headers.etag);
  expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
});

test.each(["web/index.yaml", "archive"])("%s answers 304 to who has it", async (path) => {
  const address = path === "archive" ? archive : path;
  const { headers } = await ask(address);
  const again = await ask(address, { "if-none-match": headers.etag ?? "" });
  expect([again.status, again.body.byteLength, again.headers.etag]).toEqual([304, 0, headers.etag]);
  expect((await ask(address, { "if-none-match": '"other"' })).status).toBe(200);
});

test("HEAD answers as GET does, without a body", async () => {
  for (const path of ["web/index.yaml", archive]) {
    const [get, head] = [await ask(path), await ask(path, {}, "HEAD")];
    expect([head.status, head.body.byteLength]).toEqual([200, 0]);
    expect(head.headers.etag).toBe(get.headers.etag);
    expect(head.headers["content-length"]).toBe(String(get.body.byteLength));
  }
});

test("an archive is never compressed once more, and is served in parts", async () => {
  const whole = await ask(archive, { "accept-encoding": "gzip, br" });
  expect(whole.headers["content-encoding"]).toBeUndefined();
  expect(whole.body.equals((await repository.archive(file)) ?? Buffer.alloc(0))).toBe(true);
  const part = await ask(archive, { range: "bytes=10-19" });
  expect(part.status).toBe(206);
  expect(part.headers["content-range"]).toBe(`bytes 10-19/${whole.body.byteLength}`);
  expect(part.body.equals(whole.body.subarray(10, 20))).toBe(true);
  expect((await ask(archive, { range: "bytes=9999999-" })).status).toBe(416);
});

test("a plus sign in a path is the same written or encoded", async () => {
  const expected = await repository.archive("plus-1.0.0+build.7.tgz");
  for (const path of ["plus-1.0.0+build.7.tgz", "plus-1.0.0%2Bbuild.7.tgz"]) {
    expect(await mirror.bytes(`web/${path}`)).toEqual(expected);
  }
});

test("the root repository is served at the root as well", async () => {
  expect(await mirror.bytes("index.yaml")).toEqual(await mirror.bytes("web/index.yaml"));
  expect(await mirror.bytes(archive.replace(/^web\//, ""))).toEqual(await mirror.bytes(archive));
});

test("what does not exist is a 404 that says what does", async () => {
  const answer = await ask(`web/${file.replace(/-[^-]*$/, "-99.0.0.tgz")}`);
  expect(answer.status).toBe(404);
  expect(answer.body.toString()).toContain(repository.versions(repository.charts[0] ?? "")[0]);
  expect((await ask("nothing/index.yaml")).status).toBe(404);
});

test("nothing but reading is allowed", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const { status, headers } = await ask("web/index.yaml", {}, method);
    expect([status, headers.allow]).toEqual([405, expect.stringContaining("GET")]);
  }
});

test("people find pages, programs a heartbeat", async () => {
  expect((await ask("healthz")).status).toBe(200);
  for (const path of ["", "web/"]) {
    const { status, headers, body } = await ask(path, { accept: "text/html" });
    expect([status, headers["content-type"]]).toEqual([200, expect.stringContaining("text/html")]);
    expect(body.toString()).toContain("helm repo add");
  }
});
