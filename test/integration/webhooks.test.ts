import { createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { WebhookConfig } from "../../src/config/config.ts";
import type { Notice } from "../../src/keeper/notice.ts";
import { LoopbackServer } from "../support/loopback-server.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { hasPromtool, promtoolIsNeeded, runPromtool } from "../support/promtool.ts";
import { PublishedCharts, smallChart } from "../support/published-charts.ts";
import { status } from "../support/upstream/faults.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const key = "a key with ümlauts";
const events: WebhookConfig["events"] = ["source-failing", "source-recovered", "version-mutated"];

interface Delivery {
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A receiver of webhooks on this machine. It keeps what it took. */
class Receiver {
  readonly taken: Delivery[] = [];
  /** How many deliveries it refuses from now on. */
  refusing = 0;
  refused: Delivery[] = [];
  readonly server = new LoopbackServer(async (request, response) => this.#serve(request, response));

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const delivery = { path: request.url ?? "", headers: request.headers, body };
    if (this.refusing > 0) {
      this.refusing -= 1;
      this.refused.push(delivery);
      response.writeHead(503).end("not now");
      return;
    }
    this.taken.push(delivery);
    response.writeHead(200).end("ok");
  }

  /** What was told to a path, once there is so much. */
  async told(path: string, count: number, seconds = 30): Promise<Delivery[]> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const told = this.taken.filter((delivery) => delivery.path === path);
      if (told.length >= count) return told;
      if (Date.now() > end) throw new Error(`only ${told.length} deliveries to ${path}`);
      await delay(50);
    }
  }
}

const nothing: Delivery = { path: "", headers: {}, body: "{}" };
const noticeOf = ({ body }: Delivery): Notice => JSON.parse(body);

describe("a mirror with webhooks", () => {
  const receiver = new Receiver();
  const charts = new PublishedCharts();
  let upstream: Upstream;
  let mirror: Mirror;

  beforeAll(async () => {
    await receiver.server.listen();
    charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0") });
    upstream = await startUpstream(charts.site.site);
    const to = { url: `http://127.0.0.1:${receiver.server.port}/json` };
    mirror = await startMirror(
      {
        web: {
          url: upstream.url,
          notify: {
            failures: 2,
            webhooks: [
              { to, format: "json", key: "WEBHOOK_KEY", events },
              { to: { secret: "SLACK_WEBHOOK" }, format: "slack", events: ["source-failing"] },
            ],
          },
        },
      },
      {
        secrets: {
          WEBHOOK_KEY: key,
          SLACK_WEBHOOK: `http://127.0.0.1:${receiver.server.port}/services/T0/B0`,
        },
      },
    );
    await mirror.sync("web");
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream[Symbol.asyncDispose]();
    await receiver.server.close();
  });

  test("tells that a source fails and that it is back, signed, each once", async () => {
    upstream.fault(/^index.yaml$/, status(404));
    const [failing = nothing] = await receiver.told("/json", 1);
    const [slack] = await receiver.told("/services/T0/B0", 1);
    await mirror.waitFor("web", ({ sources: [source] }) => (source?.consecutiveFailures ?? 0) > 4);
    upstream.clearFaults();
    const told = await receiver.told("/json", 2);
    await mirror.sync("web");
    expect(receiver.taken).toHaveLength(3);
    expect(told.map(noticeOf)).toMatchObject([
      { event: "source-failing", repository: "web", source: upstream.url, code: "not-found" },
      { event: "source-recovered", repository: "web", source: upstream.url, code: "not-found" },
    ]);
    const { headers, body } = failing;
    const signature = createHmac("sha256", key)
      .update(`${String(headers["chartkeep-timestamp"])}.${body}`)
      .digest("hex");
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "chartkeep-event": "source-failing",
      "chartkeep-delivery": JSON.parse(body).id,
      "chartkeep-signature": `sha256=${signature}`,
    });
    expect(Math.abs(Number(headers["chartkeep-timestamp"]) - Date.now() / 1000)).toBeLessThan(60);
    expect(slack?.headers).not.toHaveProperty("chartkeep-signature");
    expect(JSON.parse(slack?.body ?? "")).toEqual({
      text: expect.stringMatching(/^\*web: a source fails\*\nhttp:.*2 checks in a row: .*status 404/),
    });
  });

  test.skipIf(!inject("thorough"))(
    "tells again what the receiver refused at first, under the same id",
    async () => {
      receiver.refusing = 1;
      charts.publish("web", "1.0.0", { archive: await smallChart("web", "1.0.0", 2) });
      const told = await receiver.told("/json", 3, 50);
      expect(receiver.refused.map(noticeOf)).toEqual(told.slice(2).map(noticeOf));
      expect(noticeOf(told[2] ?? nothing)).toMatchObject({
        event: "version-mutated",
        count: 1,
        versions: [{ chart: "web", version: "1.0.0" }],
      });
    },
  );

  test("says in /metrics how its sources stand", async () => {
    const metrics = new TextDecoder().decode(await mirror.bytes("metrics"));
    const labels = `repository="web",source="${upstream.url}"`;
    expect(metrics).toContain(`chartkeep_source_up{${labels}} 1\n`);
    const valueOf = (name: string): number =>
      Number(new RegExp(`^${name}\\{[^}]*\\} (.*)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
    expect(valueOf("chartkeep_check_duration_seconds_count")).toBeGreaterThan(3);
    expect(valueOf("chartkeep_check_duration_seconds_sum")).toBeGreaterThan(0);
    expect(valueOf("chartkeep_unit_duration_seconds_count")).toBeGreaterThan(3);
    expect(valueOf("chartkeep_unit_duration_seconds_sum")).toBeGreaterThan(0);
    expect(valueOf("chartkeep_archive_bytes")).toBeGreaterThan(100);
    expect(valueOf("chartkeep_source_last_success_timestamp_seconds")).toBeGreaterThan(
      Date.now() / 1000 - 60,
    );
  });

  test("gives metrics in which promtool finds nothing to say", async (context) => {
    if (!(await hasPromtool())) context.skip(promtoolIsNeeded);
    const metrics = new TextDecoder().decode(await mirror.bytes("metrics"));
    expect(await runPromtool(["check", "metrics"], metrics)).toEqual({ code: 0, output: "" });
    expect((await runPromtool(["check", "metrics"], `${metrics}chartkeep_charts{ 1\n`)).code).not.toBe(0);
  });
});
