import { indexType } from "../http/content-types.ts";
import { unknownChart } from "../http/view-refusals.ts";
import { serveRepresentation, type Representation } from "../http/serve-representation.ts";
import { chartClosing, chartOpening, indexClosing, indexOpening } from "../helm/index-layout.ts";
import { revisionKey } from "../storage/keys.ts";
import { answerFromView, type Outcome } from "./answer-from-view.ts";
import type { Edge } from "./edge-parts.ts";
import { frameMark, framedSize, openFramed } from "./framed.ts";
import { formFor, type IndexForm } from "./index-form.ts";
import type { Place } from "./resolve-path.ts";
import { contentsOf, lengthLeft, placeOf, type Selection, withoutCuts } from "./view-lines.ts";
import { goneWith, markOf, publicationDate, tagOf, type Viewed } from "./viewed.ts";

/**
 * The index of a view.
 *
 * - All of a revision, and the newest version of every chart: two storage reads near the reader, head and body;
 *   one where the client has it already or wants no body. What is stored goes out as it is.
 * - More of the newest versions: head and one filtered document.
 * - One chart: head, table of contents (kept in memory) and a part of the index.
 * - Where something is withdrawn that the revision lists, it is left out on the way.
 *
 * @throws StorageUnavailable
 */
export async function serveIndex(edge: Edge, request: Request, place: Place): Promise<Outcome> {
  const { chart } = place;
  return answerFromView(edge, place, (viewed) => {
    if (chart !== undefined) return serveChart(edge, request, viewed, chart);
    const { newest, edits } = viewed;
    if (newest !== undefined && (newest > 1 || edits !== undefined))
      return serveNewest(edge, request, viewed);
    return edits === undefined ? serveStored(edge, request, viewed) : serveEdited(edge, request, viewed);
  });
}

async function serveStored(
  { documents }: Edge,
  request: Request,
  viewed: Viewed,
): Promise<Response | undefined> {
  const { repository, revision, newest } = viewed;
  const form = formFor(request);
  const document = newest === undefined ? "index.json" : "latest.json";
  const mark = `${markOf(viewed)}${form.coding === "gzip" ? "-gzip" : ""}`;
  const representation: Representation = {
    repository,
    type: indexType,
    policy: form.shared ? viewed.policy : "indexForOne",
    // The forms are different bytes, so they have different strong tags.
    etag: `"${revision.revision}${mark}"`,
    lastModified: publicationDate(viewed),
    coding: form.coding,
    size: storedSize(viewed, form),
    ...goneWith(viewed),
  };
  const name = form.coding === "gzip" ? (`${document}.gz` as const) : document;
  return serveRepresentation(request, representation, () =>
    documents.near.open(revisionKey(repository, revision.revision, name)),
  );
}

/** All but what is withdrawn, in the plain form: the stored gzip form has all of it. */
async function serveEdited(
  { documents }: Edge,
  request: Request,
  viewed: Viewed,
): Promise<Response | undefined> {
  const { repository, revision, policy } = viewed;
  const whole = { offset: 0, length: revision.bytes };
  const size = lengthLeft(viewed, whole);
  const etag = `"${tagOf(viewed)}"`;
  const representation = { repository, type: indexType, policy, etag, size, ...goneWith(viewed) };
  return serveRepresentation(request, representation, async () => {
    const document = await documents.near.open(revisionKey(repository, revision.revision, "index.json"));
    return document && withoutCuts(document, viewed, whole);
  });
}

function storedSize({ revision, newest }: Viewed, { coding }: IndexForm): number | undefined {
  if (newest === undefined) return coding === "gzip" ? revision.gzipBytes : revision.bytes;
  return coding === "gzip" ? revision.latestGzipBytes : revision.latestBytes;
}

/**
 * Without Content-Length: nobody counted these bytes beforehand, and to count them now the document would have
 * to be read twice. Helm and the others read such a body to its end; one that breaks off is an error to them.
 */
async function serveNewest(
  { documents }: Edge,
  request: Request,
  viewed: Viewed,
): Promise<Response | undefined> {
  const { repository, policy } = viewed;
  const frame = { opening: indexOpening, closing: indexClosing };
  const representation: Representation = {
    repository,
    type: indexType,
    policy,
    etag: `"${tagOf(viewed)}${markOf(viewed)}-${frameMark(frame)}"`,
    lastModified: publicationDate(viewed),
  };
  return serveRepresentation(request, representation, () =>
    openFramed(documents, viewed, { kind: "all" }, frame),
  );
}

/**
 * One chart as an index of its own, in the plain form only: Cloudflare compresses it for who asks. Its tag
 * changes with the chart's lines and not with the revision, and no date does.
 */
async function serveChart(
  edge: Edge,
  request: Request,
  viewed: Viewed,
  chart: string,
): Promise<Outcome | undefined> {
  const { repository, policy } = viewed;
  const contents = await contentsOf(edge, viewed);
  if (contents === undefined) return undefined;
  const place = placeOf(contents, chart);
  if (place === undefined) return unknownChart(repository, chart, Object.keys(contents.charts), edge.config);
  const selection: Selection = { kind: "lines", place };
  const frame = {
    opening: `${indexOpening}${chartOpening(chart)}`,
    closing: `${chartClosing}${indexClosing}`,
  };
  const size = framedSize(viewed, selection, frame);
  const etag = `"${place.etag}-chart${markOf(viewed)}-${frameMark(frame)}"`;
  const representation = { repository, type: indexType, policy, etag, size, ...goneWith(viewed) };
  return serveRepresentation(request, representation, () =>
    openFramed(edge.documents, viewed, selection, frame),
  );
}
