import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { PublishedCharts, sha256, smallChart } from "../support/published-charts.ts";
import {
  type Fault,
  chunked,
  cutFile,
  drip,
  emptyBody,
  endless,
  hang,
  htmlPage,
  longerThanAnnounced,
  rateLimited,
  redirect,
  redirectChain,
  redirectLoop,
  resetAfter,
  slow,
  status,
  truncated,
  wrongBytes,
} from "../support/upstream/faults.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

/** What may happen to a new version's archive on its way, and what the status then says of it. */
const broken: [name: string, fault: Fault, code: string][] = [
  ["missing", status(404), "not-found"],
  ["forbidden", status(403), "refused"],
  ["broken-server", status(500), "http-status"],
  ["rate-limited", rateLimited(60), "rate-limited"],
  ["html-page", htmlPage(), "digest-mismatch"],
  ["empty", emptyBody(), "digest-mismatch"],
  ["other-bytes", wrongBytes(), "digest-mismatch"],
  ["cut-file", cutFile(300), "digest-mismatch"],
  ["truncated", truncated(300), "unreachable"],
  ["truncated-chunks", truncated(300, "chunked"), "unreachable"],
  ["truncated-silently", truncated(300, "close"), "digest-mismatch"],
  ["reset", resetAfter(0), "unreachable"],
  ["reset-in-body", resetAfter(300), "unreachable"],
  ["hang", hang(), "timeout"],
  ["hang-before-body", hang("body"), "timeout"],
  ["drip", drip(2), "timeout"],
  ["endless", endless(), "too-large"],
  ["redirect-loop", redirectLoop(), "too-many-redirects"],
  ["redirect-to-file", redirect("file:///etc/passwd"), "forbidden-address"],
];

/** What is odd, but right in the end. */
const odd: [name: string, fault: Fault][] = [
  ["no-length", chunked()],
  ["late", slow(500)],
  ["redirected-thrice", redirectChain(3)],
  ["longer-than-announced", longerThanAnnounced()],
];

/** Those that end in a timeout, if they do: the others get all the time that a busy machine needs. */
const endlessOnes = new Set(broken.filter(([, , code]) => code === "timeout").map(([name]) => name));

const names = [...broken, ...odd].map(([name]) => name);
const charts = new Map(names.map((name) => [name, new PublishedCharts()]));

describe.concurrent("an archive that does not come as it should", () => {
  let upstream: Upstream;
  let mirror: Mirror;

  beforeAll(async () => {
    const sites = [...charts].map(([name, { site }]) => [name, site.site]);
    upstream = await startUpstream(sitesByFolder(Object.fromEntries(sites)));
    for (const [name, fault] of [...broken, ...odd])
      upstream.fault(new RegExp(`^${name}/.*-2.0.0.tgz$`), fault);
    for (const [name, published] of charts) {
      published.publish(name, "1.0.0", { archive: await smallChart(name, "1.0.0") });
    }
    mirror = await startMirror(
      Object.fromEntries(
        names.map((name) => {
          const patience = endlessOnes.has(name) ? { archiveSeconds: 2 } : {};
          return [name, { url: `${upstream.url}/${name}`, limits: { archiveBytes: 100_000, ...patience } }];
        }),
      ),
    );
    await Promise.all(names.map((name) => mirror.sync(name)));
    for (const [name, published] of charts) {
      published.publish(name, "2.0.0", { archive: await smallChart(name, "2.0.0") });
    }
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  test.each(broken)("%s: is neither listed nor served, and told with a code", async (name, _, code) => {
    const { versions, problems } = await mirror.waitFor(name, ({ problemCount }) => problemCount === 1);
    expect(problems).toMatchObject([{ chart: name, version: "2.0.0", code }]);
    expect(versions).toMatchObject({ listed: 1, stored: 1 });
    expect(await mirror.listed(name)).toMatchObject([{ version: "1.0.0" }]);
    expect(await mirror.bytes(`${name}/${name}-1.0.0.tgz`)).toEqual(await smallChart(name, "1.0.0"));
    const digest = sha256(await smallChart(name, "2.0.0"));
    for (const path of [`${name}-2.0.0.tgz`, `charts/${digest}/${name}-2.0.0.tgz`]) {
      expect((await mirror.fetch(`${name}/${path}`)).status).toBe(404);
    }
  });

  test.each(odd)("%s: is kept all the same", async (name) => {
    await mirror.waitFor(name, ({ versions }) => versions.listed === 2);
    expect(await mirror.bytes(`${name}/${name}-2.0.0.tgz`)).toEqual(await smallChart(name, "2.0.0"));
  });
});
