import { type Told, alike, outage } from "../support/faults/fault-row.ts";
import { jsonAnswer } from "../support/registry/errors.ts";
import {
  type Fault,
  content,
  cutFile,
  emptyBody,
  endless,
  hang,
  htmlPage,
  padded,
  rateLimited,
  redirectLoop,
  status,
  truncated,
} from "../support/upstream/faults.ts";
import { type RegistryRow, answered, serverErrors } from "./registry-scene.ts";

export const listed = String.raw`/v2/charts/[a-z0-9-]+/tags/list`;
export const gone = /has none of its charts any more: [a-z0-9-]+; there were \d+ versions/;

/** Pages that lead from one to another. */
const linked =
  (link: (asked: URL) => string): Fault =>
  ({ request, send }) =>
    send(
      jsonAnswer({ tags: [] }, 200, {
        link: `<${link(new URL(request.url ?? "", "http://x"))}>; rel="next"`,
      }),
    );

/** What comes in place of the list of a chart's tags: an outage, as there is no other chart. */
export const listRows: readonly RegistryRow[] = [
  ...alike(
    serverErrors.map((number) =>
      row(
        `status ${number} for a list of tags`,
        status(number),
        outage("http-status", new RegExp(`${listed}: status ${number}`)),
      ),
    ),
  ),
  row("a list of tags that waits for a second", rateLimited(1), outage("rate-limited", /status 429/)),
  row("a list of tags that is a page", htmlPage(), outage("malformed-answer", /no list of tags/)),
  row("a list of tags that is empty", content('{"tags":[]}'), outage("emptied", gone)),
  row("a list of tags that is null", content('{"tags":null}'), outage("emptied", gone)),
  row(
    "a list of tags that is none",
    content('{"tags":"1.0.0"}'),
    outage("malformed-answer", /no list of tags/),
  ),
  row("no bytes for a list of tags", emptyBody(), outage("malformed-answer", /no list of tags/)),
  row("half a list of tags", cutFile(20), outage("malformed-answer", /no list of tags/)),
  row("half of the bytes of a list of tags", truncated(20), outage("unreachable", /tags\/list: /)),
  row(
    "a list of tags of three megabytes",
    padded(3 * 1024 * 1024),
    outage("too-large", /larger than 2097152 bytes/),
  ),
  row("a list of tags without end", endless(), outage("too-large", /larger than 2097152 bytes/)),
  row("no answer for a list of tags", hang(), outage("timeout", /no complete answer in time/)),
  row(
    "pages that go round",
    linked(() => "/v2/charts/x/tags/list?last=a"),
    outage("malformed-answer", /its pages go round/),
  ),
  row(
    "thousands of pages",
    linked(({ searchParams }) => `/v2/charts/x/tags/list?last=${Number(searchParams.get("last") ?? 0) + 1}`),
    outage("out-of-budget", /more requests than a unit may make/),
  ),
  row(
    "a next page on another host",
    linked(() => "http://127.0.0.1:9/v2/x/tags/list"),
    outage("forbidden-address", /the next page is on another host/),
  ),
  row(
    "a next page that is no address",
    linked(() => "http://[::1"),
    outage("malformed-answer", /its next page is no address/),
  ),
  row(
    "a list of tags behind a redirect that goes round",
    redirectLoop(),
    outage("too-many-redirects", /more than 5 redirects/),
  ),
  {
    name: "a registry that is not there",
    breaks: async (registry) => await registry.close(),
    told: outage("unreachable", /127\.0\.0\.1:\d+\/v2\//),
  },
];

function row(name: string, fault: Fault, told: Told): RegistryRow {
  return { name, breaks: answered("lists", fault), told };
}
