import { type Told, alike, lists, taken, version } from "../support/faults/fault-row.ts";
import {
  type Fault,
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
  padded,
  rateLimited,
  redirect,
  redirectChain,
  redirectLoop,
  resetAfter,
  saying,
  slow,
  status,
  truncated,
  wrongBytes,
} from "../support/upstream/faults.ts";
import type { ArchiveRow } from "./archive-scene.ts";

/** What is told begins with the archive's own address, unless the index is at fault as well. */
const at = String.raw`127\.0\.0\.1:\d+/[a-z0-9.-]+\.tgz`;
const mismatch = new RegExp(`lists sha256 [0-9a-f]{64}, the archive at http://${at} has [0-9a-f]{64}`);
const noGzip = new RegExp(`${mismatch.source} and is no gzip file$`);

const statuses: Record<string, number[]> = {
  "not-found": [404, 410],
  refused: [400, 401, 403, 418, 451],
  "http-status": [204, 206, 304, 408, 425, 500, 502, 503, 504, 520, 530, 599],
};

/** Kept in the end, whatever it looked like. */
const kept = taken("the new archive, byte for byte", lists(1));

export const archiveRows: readonly ArchiveRow[] = [
  ...Object.entries(statuses).flatMap(([code, numbers]) =>
    alike(
      numbers.map((number) =>
        row(`an archive with status ${number}`, status(number), code, new RegExp(`${at}: status ${number}`)),
      ),
    ),
  ),
  row("an archive with status 429", rateLimited(60), "rate-limited", /status 429/),
  row("an archive with status 503, asking for a minute", rateLimited(60, 503), "rate-limited", /status 503/),
  row("an archive that is a page of HTML", htmlPage(), "digest-mismatch", noGzip),
  row("an archive of no bytes", emptyBody(), "digest-mismatch", noGzip),
  row("an archive that is an error in JSON", content('{"message":"gone"}'), "digest-mismatch", noGzip),
  row("an archive of other bytes", wrongBytes(), "digest-mismatch", mismatch),
  row("an archive with a byte more", padded(1), "digest-mismatch", mismatch),
  row("half of an archive", cutFile(200), "digest-mismatch", mismatch),
  row("half of an archive's bytes announced", truncated(200), "unreachable", new RegExp(at)),
  row("half of an archive, in chunks", truncated(200, "chunked"), "unreachable", new RegExp(at)),
  row("half of an archive, nothing announced", truncated(200, "close"), "digest-mismatch", mismatch),
  row("an archive's connection reset at once", resetAfter(0), "unreachable", new RegExp(at)),
  row("an archive's connection reset in the middle", resetAfter(200), "unreachable", new RegExp(at)),
  row(
    "an archive of a megabyte, with 100 kB allowed",
    padded(1024 * 1024),
    "too-large",
    /larger than 100000 bytes/,
  ),
  row("an archive without end", endless(), "too-large", /larger than 100000 bytes/),
  timed("no answer for an archive", hang()),
  timed("headers of an archive, and no body", hang("body")),
  timed("an archive at two bytes a second", drip(2)),
  row(
    "an archive behind a redirect that goes round",
    redirectLoop(),
    "too-many-redirects",
    /more than 5 redirects/,
  ),
  row("an archive behind nine redirects", redirectChain(9), "too-many-redirects", /more than 5 redirects/),
  row(
    "an archive behind a redirect to file:",
    redirect("file:///etc/passwd"),
    "forbidden-address",
    /file: cannot be fetched/,
  ),
  row(
    "an archive behind a redirect to nobody",
    redirect("http://127.0.0.1:9/x.tgz"),
    "unreachable",
    /127\.0\.0\.1:9/,
  ),
  row(
    "an archive behind a redirect without a Location",
    status(302),
    "http-status",
    /status 302 without a Location/,
  ),
  well("an archive that fails twice, then comes", firstTimes(2, status(500))),
  well("an archive without a Content-Length", chunked()),
  well("an archive half a second late", slow(500)),
  well("an archive behind five redirects", redirectChain(5)),
  well("an archive longer than announced", longerThanAnnounced()),
  well("an archive marked as gzip-encoded", saying({ "content-encoding": "gzip" })),
  well("an archive called HTML", saying({ "content-type": "text/html" })),
  ...Object.entries({
    "provenance with status 404": status(404),
    "provenance with status 403": status(403),
    "provenance with status 500": status(500),
    "provenance that is a page of HTML": htmlPage(),
    "provenance of no bytes": emptyBody(),
    "provenance of a megabyte": padded(1024 * 1024),
    "provenance whose connection is reset": resetAfter(0),
  }).map(([name, fault]): ArchiveRow => ({ ...well(name, fault, kept), provenance: true })),
];

function row(name: string, fault: Fault, code: string, message: RegExp): ArchiveRow {
  return { name, fault, told: version(code, message) };
}

function timed(name: string, fault: Fault): ArchiveRow {
  const late = row(name, fault, "timeout", new RegExp(`${at}: no complete answer in time`));
  return { ...late, mirrored: { limits: { archiveSeconds: 2 } } };
}

function well(name: string, fault: Fault, told: Told = kept): ArchiveRow {
  return { name, fault, told };
}
