import { lists, outage, taken, thorough } from "../support/faults/fault-row.ts";
import {
  type Fault,
  rateLimited,
  redirect,
  redirectChain,
  redirectLoop,
  status,
} from "../support/upstream/faults.ts";
import { type IndexRow, answered } from "./index-scene.ts";

/** What a server, or what stands before one, answers with; by the code that is told. */
const statuses: Record<string, number[]> = {
  "not-found": [404],
  refused: [401, 403, 418],
  "rate-limited": [429],
  "http-status": [204, 408, 500, 503, 520],
};

/** The other numbers that are registered or known. */
const rarer: Record<string, number[]> = {
  "not-found": [410],
  refused: [
    400, 402, 405, 406, 407, 409, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 426, 428, 431, 440,
    444, 451, 494, 499,
  ],
  "http-status": [
    201, 202, 203, 205, 206, 207, 208, 226, 300, 305, 306, 425, 501, 502, 504, 505, 506, 507, 508, 510, 511,
    521, 522, 523, 524, 525, 526, 527, 529, 530, 561, 598, 599,
  ],
};

const redirects = [301, 302, 303, 307, 308];
const where = String.raw`127\.0\.0\.1:\d+/index\.yaml`;

const ofNumbers = (codes: Record<string, number[]>): IndexRow[] =>
  Object.entries(codes).flatMap(([code, numbers]) =>
    numbers.map((number) =>
      row(`status ${number}`, status(number), code, new RegExp(`${where}: status ${number}$`)),
    ),
  );

/** The same index lies at another path, where nothing is wrong: as it was before the new version. */
const followed = taken("what the redirect leads to", lists(0));

const elsewhere = (
  to: (site: { upstream: { url: string }; untrusted: string }) => string,
): IndexRow["breaks"] => {
  return (site) => answered(redirect(to(site)))(site);
};

export const statusRows: readonly IndexRow[] = [
  ...ofNumbers(statuses),
  ...ofNumbers(rarer).map(thorough),
  ...redirects.flatMap((number): IndexRow[] => [
    row(
      `status ${number} without a Location`,
      status(number),
      "http-status",
      new RegExp(`${where}: status ${number} without a Location`),
    ),
    {
      name: `status ${number} to the index elsewhere`,
      breaks: answered(redirect("/moved.yaml", number)),
      told: followed,
    },
  ]),
  row("status 429, asking for a second", rateLimited(1), "rate-limited", /status 429/),
  row(
    "status 429, asking for a time gone by",
    rateLimited("Wed, 21 Oct 2015 07:28:00 GMT"),
    "rate-limited",
    /status 429/,
  ),
  row("status 429, asking for nonsense", rateLimited("soon"), "rate-limited", /status 429/),
  row("status 503, asking for a second", rateLimited(1, 503), "rate-limited", /status 503/),
  row(
    "a redirect that goes round",
    redirectLoop(),
    "too-many-redirects",
    /index\.yaml: more than 5 redirects/,
  ),
  row("nine redirects", redirectChain(9), "too-many-redirects", /index\.yaml: more than 5 redirects/),
  {
    name: "five redirects",
    breaks: answered(redirectChain(5)),
    told: taken("the index at their end", lists(1)),
  },
  row(
    "a redirect to where nobody listens",
    redirect("http://127.0.0.1:9/x"),
    "unreachable",
    /127\.0\.0\.1:9\/x/,
  ),
  row("a redirect to file:", redirect("file:///etc/passwd"), "forbidden-address", /file: cannot be fetched/),
  row(
    "a redirect to data:",
    redirect("data:text/yaml,entries"),
    "forbidden-address",
    /data: cannot be fetched/,
  ),
  row("a redirect to ftp:", redirect("ftp://127.0.0.1/"), "forbidden-address", /ftp: cannot be fetched/),
  row(
    "a redirect with a password",
    redirect("http://user:secret@127.0.0.1:9/"),
    "forbidden-address",
    /^(?!.*secret).*carries credentials/,
  ),
  row("a redirect to what is no address", redirect("http://[::1"), "forbidden-address", /not an address/),
  row("a redirect to nowhere", redirect(""), "http-status", /status 302 without a Location/),
  row(
    "a redirect to a name that does not resolve",
    redirect("http://charts.invalid/index.yaml"),
    "unreachable",
    /charts\.invalid.*does the name resolve/,
  ),
  {
    name: "a redirect to a server whose certificate nobody vouches for",
    breaks: elsewhere(({ untrusted }) => `${untrusted}/index.yaml`),
    told: outage("unreachable", /https:.*certificate/),
  },
  {
    name: "a redirect to https: where http: is spoken",
    breaks: elsewhere(({ upstream }) => `${upstream.url.replace("http:", "https:")}/index.yaml`),
    told: outage("unreachable", /https:.*certificate/),
  },
  {
    name: "refused connections",
    breaks: async ({ upstream }) => await upstream.close(),
    told: outage("unreachable", new RegExp(where)),
  },
];

function row(name: string, fault: Fault, code: string, message: RegExp): IndexRow {
  return { name, breaks: answered(fault), told: outage(code, message) };
}
