import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateRepository } from "../../bench/generate/generated-repository.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { PublishedCharts, smallChart } from "../support/published-charts.ts";
import { hang, redirect, status } from "../support/upstream/faults.ts";
import { generatedSite } from "../support/upstream/generated-site.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";
import { type Visit, chromiumIsNeeded, findChromium, visit } from "./chromium.ts";

const chromium = findChromium();

describe.skipIf(chromium !== undefined)("the pages in a browser", () => {
  test(chromiumIsNeeded, (context) => context.skip(chromiumIsNeeded));
});

const script = "<script>document.title='owned'</script>";
/** What a publisher may call a chart, and say of it. */
const hostileCharts: [name: string, description: string][] = [
  ["<script>document.title='owned'", script],
  ["<img src=x onerror=document.title='owned'>", "<img src='http://elsewhere.example/pixel.png'>"],
  ["javascript:alert(1)", "<a href='javascript:alert(1)'>here</a> javascript:alert(1)"],
  ['"onmouseover="alert(1)', `' autofocus onfocus='alert(1)`],
  ["rtl", "\u202Egnp.exe\u2067"],
  ["longword", "Supercalifragilistic".repeat(25)],
  ["n".repeat(250), "&lt;script&gt; ${1} {{ 1 }}"],
];

/** Charts, entries that have to be left out, and an index that moves to where it must not be fetched. */
async function hostileRepository(): Promise<PublishedCharts> {
  const published = new PublishedCharts();
  const archive = await smallChart("web", "1.0.0");
  published.site.set("web.tgz", archive);
  const urls = ["web.tgz"];
  for (const [name, description] of hostileCharts) {
    published.publish(name, "1.0.0", { archive, entry: { urls, description } });
  }
  published.publish("bad-version", script, { archive, entry: { urls } });
  published.publish("bad-name\u202E", "1.0.0", { archive, entry: { urls } });
  published.publish("bad-url", "1.0.0", { archive, entry: { urls: [`javascript:${script}`] } });
  return published;
}

const names = ["healthy", "failing", "waiting", "hostile"] as const;
const paths = ["/", ...names.map((name) => `/${name}/`)];

describe.skipIf(chromium === undefined)("the pages in a browser", () => {
  let upstream: Upstream;
  let mirror: Mirror;
  const visits = new Map<string, Visit>();

  const visited = (path: string): Visit => {
    const found = visits.get(path);
    if (found === undefined) throw new Error(`${path} was not visited`);
    return found;
  };
  const open = async (url: string): Promise<Visit> => await visit(chromium ?? "", url);

  beforeAll(async () => {
    const failing = new PublishedCharts();
    failing.publish("kept", "1.0.0", { archive: await smallChart("kept", "1.0.0") });
    const hostile = await hostileRepository();
    upstream = await startUpstream(
      sitesByFolder({
        healthy: generatedSite(generateRepository({ versions: 120, charts: 60 })),
        failing: failing.site.site,
        hostile: hostile.site.site,
      }),
    );
    upstream.fault(/^waiting\//, hang());
    const repositories = names.map((name) => [name, { url: `${upstream.url}/${name}` }]);
    mirror = await startMirror(Object.fromEntries(repositories));
    await Promise.all(["healthy", "failing", "hostile"].map((name) => mirror.sync(name)));
    upstream.fault(/^failing\/index/, status(503));
    upstream.fault(/^hostile\/index/, redirect(`data:text/html,${script}`));
    for (const name of ["failing", "hostile"]) {
      await mirror.waitFor(name, ({ sources }) => sources[0]?.state === "failing");
    }
    for (const path of paths) visits.set(path, await open(mirror.urlOf(path.slice(1))));
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
  });

  test("are watched by something that notices a forbidden script and a request to elsewhere", async () => {
    upstream.fault(/^trap$/, ({ response }) => {
      response.writeHead(200, {
        "content-type": "text/html",
        "content-security-policy": "script-src 'none'",
      });
      response.end(`${script}<img src="http://elsewhere.example/pixel.png">`);
    });
    const url = `${upstream.url}/trap`;
    const trapped = await open(url);
    expect(trapped.dom).toContain("<script>");
    expect(trapped.console).toEqual([expect.stringContaining("Content Security Policy")]);
    expect(trapped.requested).toEqual(expect.arrayContaining([url, "http://elsewhere.example/pixel.png"]));
  });

  test.each(paths)("%s asks for nothing but itself, and nothing offends the browser", (path) => {
    expect(visited(path).requested).toEqual([mirror.urlOf(path.slice(1))]);
    expect(visited(path).console).toEqual([]);
  });

  test.each(paths)("%s holds no script, no handler, and no link but to the web", (path) => {
    const { dom } = visited(path);
    expect(dom).not.toMatch(/<(script|img|iframe|form|object|embed|base)\b/i);
    expect(dom).not.toMatch(/<[^>]*\s(on\w+|style|autofocus)=/i);
    const links = Array.from(dom.matchAll(/\shref="([^"]*)"/g), ([, href]) => href);
    expect(links.length).toBeGreaterThan(1);
    for (const href of links)
      expect(href).toMatch(/^(\/|\.\/[^/:]+\/$|index\.yaml$|http:\/\/127\.0\.0\.1:|data:,$)/);
  });

  test("/ shows every repository with its line for Helm and its state", () => {
    const { dom } = visited("/");
    for (const name of names) expect(dom).toContain(`helm repo add ${name} ${mirror.urlOf(name)}</code>`);
    expect(states(dom)).toEqual(["in step", "failing", "not checked yet", "failing"]);
    expect(dom).toContain("60 charts · 120 versions");
    expect(dom).toContain("nothing published yet");
  });

  test("a healthy repository's page lists all charts", () => {
    const { dom } = visited("/healthy/");
    expect(dom).toContain(`helm repo add healthy ${mirror.urlOf("healthy")}</code>`);
    expect(states(dom)).toEqual(["in step"]);
    expect(dom.match(/<th scope="row">/g)).toHaveLength(60);
  });

  test("a failing source's page says why, and still lists what is kept", () => {
    const { dom } = visited("/failing/");
    expect(states(dom)).toEqual(["failing"]);
    expect(dom).toContain("status 503");
    expect(dom).toContain("What was mirrored stays available.");
    expect(dom).toContain("<bdi>kept</bdi>");
  });

  test("a page from before the first sync says so", () => {
    const { dom } = visited("/waiting/");
    expect(states(dom)).toEqual(["not checked yet"]);
    expect(dom).toContain("has not published anything yet");
  });

  test("hostile names, descriptions, problems and errors are shown as text", () => {
    const { dom } = visited("/hostile/");
    expect(dom).toContain("<title>hostile · Chartkeep</title>");
    for (const [name] of hostileCharts) expect(dom).toContain(`<bdi>${escaped(name)}</bdi>`);
    expect(dom).toContain(`<bdi>${escaped(script)}</bdi>`);
    expect(dom).toContain("3 problems");
    expect(dom).toMatch(/<p class="failing"><bdi>[^<]*&lt;script&gt;/);
  });
});

const states = (dom: string): string[] =>
  Array.from(dom.matchAll(/<span class="state [a-z]+">([^<]*)</g), ([, word = ""]) => word);

/** As a browser writes text out (HTML Living Standard, section 13.3). */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
