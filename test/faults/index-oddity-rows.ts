import { type Told, lists, taken, version } from "../support/faults/fault-row.ts";
import {
  type Fault,
  chunked,
  edited,
  freshEtag,
  inTurn,
  longerThanAnnounced,
  neverChanged,
  nothing,
  saying,
  slow,
  status,
  withoutValidators,
} from "../support/upstream/faults.ts";
import { type IndexRow, answered } from "./index-scene.ts";
import {
  deadEntries,
  nested,
  notUtf8,
  oneMoreEntry,
  otherDigests,
  without,
  withField,
} from "./index-texts.ts";

const megabyte = 1024 * 1024;
const past = "Thu, 01 Jan 1970 00:00:00 GMT";
const future = "Fri, 31 Dec 2100 23:59:59 GMT";

/** The index with everything that is new. */
const asItIs = taken("all that is listed, the new version too", lists(1), 2);
/** `removal: keep`. */
const shrunken = taken("all that was listed: it stays", lists(1));
const ownCost = (code: string, message: RegExp): Told => version(code, message, 1);

/** Of an entry whose archive is there. */
const found = ["name: odd", "urls: [odd.tgz]"];

/** What is no outage, or costs but a part. */
export const oddityRows: readonly IndexRow[] = [
  row(
    "304, though the index changed",
    neverChanged(),
    taken("what there was: the change is not seen", lists(0), 2),
  ),
  row("another entity tag for the same index", freshEtag(), asItIs),
  row("no validators", withoutValidators(), asItIs),
  row("no Content-Length", chunked(), asItIs),
  row("more bytes than announced", longerThanAnnounced(), asItIs),
  row("an answer half a second late", slow(500), asItIs),
  row("a server's clock a lifetime ahead", saying({ date: future, "last-modified": future }), asItIs),
  row("a server's clock in 1970", saying({ date: past, "last-modified": past }), asItIs),
  row("a Last-Modified that is no date", saying({ "last-modified": "yesterday", etag: undefined }), asItIs),
  row("entries created in the year 2100", edited(withField("created", '"2100-01-01T00:00:00Z"')), asItIs),
  row("entries created in 1970", edited(withField("created", '"1970-01-01T00:00:00Z"')), asItIs),
  row("entries created at no time", edited(withField("created", "yesterday")), asItIs),
  row(
    "a byte order mark",
    edited((text) => `\ufeff${text}`),
    asItIs,
  ),
  row(
    "line breaks of Windows",
    edited((text) => text.replaceAll("\n", "\r\n")),
    asItIs,
  ),
  row("bytes that are no UTF-8", edited(notUtf8), asItIs),
  row(
    "an index that goes back and forth",
    inTurn(nothing(), edited(without(() => 2))),
    taken("all that either of them lists", lists(1), 4),
  ),
  row(
    "an index that comes and goes",
    inTurn(nothing(), status(404)),
    taken(
      "all that was listed; the status says how it stands",
      (now, before) => now.versions.listed === before.versions.listed + 1,
      4,
    ),
  ),
  row(
    "one digest that is another one",
    edited(otherDigests(1)),
    ownCost("digest-mismatch", /lists sha256 .* has /),
  ),
  row(
    "digests that are all others",
    edited(otherDigests(3)),
    ownCost("digest-mismatch", /lists sha256 .* has /),
  ),
  row(
    "one entry of 5 MB",
    edited(oneMoreEntry(...found, "version: 9.0.0", `description: ${"x".repeat(5 * megabyte)}`)),
    ownCost("entry-too-large", /larger than the mirror takes/),
    { mirrored: { limits: { indexBytes: 16 * megabyte } } },
  ),
  row(
    "one entry with lists in lists, ten thousand deep",
    edited(oneMoreEntry(...found, "version: 9.0.0", `annotations: ${nested(10_000)}`)),
    ownCost("bad-entry", /./),
  ),
  row("one entry without a version", edited(oneMoreEntry(...found)), ownCost("bad-version", /no version/)),
  row(
    "one entry with a version that is none",
    edited(oneMoreEntry(...found, "version: latest")),
    ownCost("bad-version", /"latest" is not a version/),
  ),
  row(
    "one entry with a name like a path",
    edited(oneMoreEntry("name: ../../etc", "version: 9.0.0")),
    ownCost("bad-name", /cannot be a chart's name/),
  ),
  row(
    "one entry without an address",
    edited(oneMoreEntry("name: odd", "version: 9.0.0")),
    ownCost("no-url", /./),
  ),
  row(
    "one entry with half a digest",
    edited(oneMoreEntry(...found, "version: 9.0.0", "digest: abc")),
    ownCost("bad-digest", /./),
  ),
  row("one version gone", edited(without(() => 1)), shrunken),
  row("a tenth of the versions gone", edited(without((all) => Math.ceil(all / 10))), shrunken),
  row("nine tenths of the versions gone", edited(without((all) => Math.floor(all * 0.9))), shrunken),
  row("1,000 entries whose archives are nowhere", edited(deadEntries(1000)), manyDead(1000)),
  {
    ...row("200,000 entries whose archives are nowhere", edited(deadEntries(200_000)), manyDead(200_000)),
    mirrored: { limits: { indexBytes: 32 * megabyte }, budget: { entries: 100_000 } },
    thorough: true,
  },
];

function row(name: string, fault: Fault, told: Told, more: Pick<IndexRow, "mirrored"> = {}): IndexRow {
  return { name, breaks: answered(fault), told, ...more };
}

function manyDead(count: number): Told {
  return taken("all that was listed, and the new version", (now, before) => {
    return lists(1)(now, before) && now.versions.pending + now.versions.failed >= count;
  });
}
