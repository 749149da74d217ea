import { afterAll, beforeAll, expect, test } from "vitest";
import { MirrorClient, MirrorRefusal } from "../../operate/mirror-client.ts";
import { LoopbackServer } from "../support/loopback-server.ts";

const token = "0123456789abcdef0123456789abcdef";
const asked: (string | undefined)[] = [];
const elsewhere = new LoopbackServer(async ({ headers }, response) => {
  asked.push(headers.authorization);
  response.end("{}");
});
const mirror = new LoopbackServer(async ({ url = "" }, response) => {
  const status = url.includes("307") ? 307 : 302;
  response.writeHead(status, { location: `http://127.0.0.1:${elsewhere.port}${url}` }).end();
});
beforeAll(async () => void (await Promise.all([elsewhere.listen(), mirror.listen()])));
afterAll(async () => void (await Promise.all([elsewhere.close(), mirror.close()])));

test("the command follows no redirect, neither with the token nor with what it was to do", async () => {
  const client = new MirrorClient(new URL(`http://127.0.0.1:${mirror.port}`), token, fetch);
  for (const ask of [
    () => client.act("stable-307", "sync", {}),
    () => client.standing("stable"),
    () => client.audit(1),
  ]) {
    const error: unknown = await ask().catch((refusal: unknown) => refusal);
    expect(error).toBeInstanceOf(MirrorRefusal);
    expect(String(error)).not.toContain(token);
  }
  expect(asked).toEqual([]);
});
