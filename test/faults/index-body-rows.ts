import { gzipSync } from "node:zlib";
import { outage } from "../support/faults/fault-row.ts";
import {
  type Fault,
  content,
  drip,
  edited,
  emptyBody,
  endless,
  hang,
  htmlPage,
  padded,
  resetAfter,
  saying,
  truncated,
} from "../support/upstream/faults.ts";
import { type IndexRow, answered } from "./index-scene.ts";
import { aliasBomb, asJson, conflict, nested, share, utf16, withField } from "./index-texts.ts";

const gzip = { "content-encoding": "gzip" };
const bomb = (text: string): Uint8Array => gzipSync(text + " ".repeat(16 * 1024 * 1024));

/** What comes with status 200 in place of an index, or as a part of one. */
export const bodyRows: readonly IndexRow[] = [
  row("a page of HTML", htmlPage(), "html", /HTML/),
  row("no bytes", emptyBody(), "empty", /empty: 0 bytes/),
  row("one line break", content("\n"), "empty", /empty: 1 bytes/),
  row("{}", content("{}"), "not-an-index", /not a Helm index/),
  row("[]", content("[]"), "not-an-index", /not a Helm index/),
  row("null", content("null"), "not-an-index", /not a Helm index/),
  row("entries: {}", content("apiVersion: v1\nentries: {}\n"), "emptied", /no entries; it had \d+/),
  row("entries: {} in JSON", content(asJson({})), "emptied", /no entries; it had \d+/),
  row("entries that are null", content("apiVersion: v1\nentries:\n"), "emptied", /no entries; it had \d+/),
  row("entries that are a list", content(asJson([])), "not-an-index", /no map of charts/),
  row("no entries at all", content("apiVersion: v1\n"), "no-entries", /no entries at all/),
  row("no apiVersion", content("entries: {}\n"), "not-an-index", /no apiVersion/),
  row(
    "entries without versions",
    edited((text) => text.replaceAll("version: 1", "edition: 1")),
    "emptied",
    /none of them usable; it had \d+/,
  ),
  row(
    "entries without addresses",
    edited((text) => text.replaceAll("urls:", "links:")),
    "emptied",
    /none of them usable; it had \d+/,
  ),
  row("an error in JSON", content('{"message":"Not Found"}'), "not-an-index", /not a Helm index/),
  row("an error in XML", content('<?xml version="1.0"?><Error/>'), "html", /HTML/),
  row("an error in words", content("404: Not Found\n"), "not-an-index", /not a Helm index/),
  row("a login page behind a redirect", htmlPage(), "html", /HTML/),
  row("conflict markers", edited(conflict), "conflict-markers", /conflict markers/),
  row(
    "bytes of a program",
    content(Uint8Array.from({ length: 5000 }, (_, at) => (at * 7) % 256)),
    "binary",
    /NUL bytes/,
  ),
  row(
    "NUL bytes in the middle",
    edited((text) => text.replace("urls", "u\0rls")),
    "binary",
    /NUL bytes/,
  ),
  row("UTF-16", edited(utf16), "binary", /NUL bytes/),
  row(
    "tabs for spaces",
    edited((text) => text.replaceAll("    ", "\t")),
    "malformed",
    /YAML/,
  ),
  row("half a word of YAML", content("apiVersion: v1\nentries: {web: ["), "malformed", /YAML/),
  row("an alias bomb", content(aliasBomb()), "malformed", /alias/),
  row(
    "lists in lists, ten thousand deep",
    content(`apiVersion: v1\nentries: ${nested(10_000)}\n`),
    "malformed",
    /nested too deeply/,
  ),
  row(
    "lists in lists in JSON",
    content(`{"apiVersion":"v1","entries":{"web":${nested(10_000)}}}`),
    "emptied",
    /usable/,
  ),
  row(
    "maps in maps in every entry",
    edited(withField("annotations", nested(10_000))),
    "truncated",
    /last entry .* cut off/,
  ),

  row("the first quarter", edited(share(0.25)), "truncated", /ends|cut off/),
  row("the first half", edited(share(0.5)), "truncated", /ends|cut off/),
  row("nine tenths", edited(share(0.9)), "truncated", /ends|cut off/),
  row("half of the bytes announced", truncated(2500), "unreachable", /index\.yaml: /),
  row("half of the bytes, in chunks", truncated(2500, "chunked"), "unreachable", /index\.yaml: /),
  row("half of the bytes, nothing announced", truncated(2500, "close"), "truncated", /ends|cut off/),
  row("a connection reset at once", resetAfter(0), "unreachable", /index\.yaml: /),
  ...[1, 2, 3, 4, 5].map((kilobyte) =>
    row(
      `a connection reset behind ${kilobyte} kB`,
      resetAfter(kilobyte * 1000),
      "unreachable",
      /index\.yaml: /,
    ),
  ),
  timed("no answer", hang()),
  timed("headers, and no body", hang("body")),
  timed("a byte a second", drip(1)),
  row("a body without end", endless(), "too-large", /larger than 1048576 bytes/),
  row("two megabytes, with one allowed", padded(2 * 1024 * 1024), "too-large", /larger than 1048576 bytes/),
  {
    ...row("a hundred megabytes", padded(100 * 1024 * 1024), "too-large", /larger than 33554432 bytes/),
    mirrored: { limits: { indexBytes: 32 * 1024 * 1024 } },
    thorough: true,
  },
  row("gzip announced, and not sent", saying(gzip), "unreachable", /Gzip/),
  row(
    "gzip sent, and not announced",
    edited((text) => gzipSync(text)),
    "binary",
    /NUL bytes/,
  ),
  row(
    "half of a gzip file",
    edited((text) => gzipSync(text).subarray(0, 200), gzip),
    "unreachable",
    /Gzip/,
  ),
  row("a gzip bomb", edited(bomb, gzip), "too-large", /larger than 1048576 bytes/),
];

function row(name: string, fault: Fault, code: string, message: RegExp): IndexRow {
  return { name, breaks: answered(fault), told: outage(code, message) };
}

function timed(name: string, fault: Fault): IndexRow {
  const told = outage("timeout", /index\.yaml: no complete answer in time/);
  return { name, breaks: answered(fault), told, mirrored: { limits: { indexSeconds: 2 } } };
}
