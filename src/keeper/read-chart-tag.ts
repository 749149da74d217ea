import { readConfigEntry } from "../helm/config-entry.ts";
import { type ChartManifest, type Descriptor, manifestType, readManifest } from "../oci/manifest.ts";
import { archiveAddress, tagOfVersion } from "../oci/reference.ts";
import { storeOciBlob, storeOciManifest } from "../storage/oci-store.ts";
import type { ArchiveAddress } from "../upstream/archive-source.ts";
import type { OciDocument } from "../upstream/oci-registry.ts";
import { UpstreamError } from "../upstream/upstream-error.ts";
import { findReferrers } from "./find-referrers.ts";
import { nextRecheck } from "./next-recheck.ts";
import { encodeLine, lineBytes, placeEntry } from "./place-entry.ts";
import type { TagReading } from "./tag-reading.ts";
import type { DueTag } from "./tag-queue.ts";

/** The largest config: it becomes an entry of the index. */
const configBytes = 256 * 1024;
/** An image index lists one manifest a platform; charts have none. */
const childrenLookedAt = 4;

/** Charts have none, as a rule. */
const otherLayersKept = 4;

const decoder = new TextDecoder();

/** The chart that a tag leads to, with every manifest on the way: the one that is tagged first. */
type FoundChart =
  | { kind: "chart"; manifest: ChartManifest; documents: OciDocument[] }
  | { kind: "none"; why: string; documents: OciDocument[] };

/**
 * Reads the manifest and the config behind a tag, stores both as they came, and takes in the chart version
 * that they describe. Its archive is copied later, as any other.
 *
 * @throws {UpstreamError} what may be otherwise later; what is wrong with the chart itself ends in the ledger
 * @throws {BudgetSpent}
 */
export async function readChartTag(reading: TagReading, tag: DueTag): Promise<void> {
  const { registry, bucket, ledger } = reading;
  const tagged = await registry.manifest(tag.chart, tag.tag);
  if (tagged === undefined) {
    throw new UpstreamError("not-found", `${tag.tag} is listed, but the registry has no manifest of it`);
  }
  if (tagged.digest === tag.manifest && tag.release !== null) {
    ledger.tagQueue.read(tag, tagged.digest, tag.release, nextRecheck(reading, tag));
    return;
  }
  const found = await findChart(reading, tag.chart, tagged);
  if (found.kind === "none") return drop(reading, tag, tagged.digest, "not-a-chart", found.why);
  const { manifest, documents } = found;
  const [config] = await Promise.all([
    registry.blob(tag.chart, manifest.config, configBytes),
    ...documents.map((document) =>
      storeOciManifest(bucket, { ...document, mediaType: manifestType(document.bytes) }),
    ),
  ]);
  if (config === undefined) throw new UpstreamError("not-found", `${tag.tag}: its config is missing`);
  await storeOciBlob(bucket, manifest.config.digest, config);
  await storeOtherLayers(reading, tag.chart, manifest.others);
  takeIn(reading, tag, tagged.digest, manifest, decoder.decode(config));
  await findReferrers(reading, tag.chart, tagged.digest);
}

/**
 * Who copies a chart from registry to registry copies all of its layers, those that Helm does not know, too. One
 * that is missing or large costs him that copy, and nobody the chart.
 */
async function storeOtherLayers(
  { registry, bucket, config }: TagReading,
  chart: string,
  layers: readonly Descriptor[],
): Promise<void> {
  const { fileBytes } = config.limits;
  for (const layer of layers.filter(({ size }) => size <= fileBytes).slice(0, otherLayersKept)) {
    try {
      const bytes = await registry.blob(chart, layer, fileBytes);
      if (bytes !== undefined) await storeOciBlob(bucket, layer.digest, bytes);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
    }
  }
}

async function findChart(reading: TagReading, chart: string, tagged: OciDocument): Promise<FoundChart> {
  const manifest = readManifest(tagged.bytes, tagged.mediaType);
  if (manifest.kind === "chart") return { kind: "chart", manifest, documents: [tagged] };
  if (manifest.kind !== "index") {
    const why = manifest.kind === "unusable" ? manifest.why : "it is no Helm chart";
    return { kind: "none", why, documents: [tagged] };
  }
  return await findChild(reading, chart, tagged, manifest.manifests.slice(0, childrenLookedAt));
}

async function findChild(
  { registry }: TagReading,
  chart: string,
  tagged: OciDocument,
  children: readonly Descriptor[],
): Promise<FoundChart> {
  for (const { digest } of children) {
    const document = await registry.manifest(chart, `sha256:${digest}`);
    if (document === undefined) continue;
    const manifest = readManifest(document.bytes, document.mediaType);
    if (manifest.kind === "chart") return { kind: "chart", manifest, documents: [tagged, document] };
  }
  return { kind: "none", why: "an image index without a Helm chart", documents: [tagged] };
}

function takeIn(
  reading: TagReading,
  tag: DueTag,
  tagged: string,
  manifest: ChartManifest,
  config: string,
): void {
  const { ledger, now, source } = reading;
  const { archive, provenance, created } = manifest;
  const url = archiveAddress(source.url, tag.chart, archive.digest);
  const listed = { digest: archive.digest, url, ...(created === undefined ? {} : { created }) };
  const parsed = readConfigEntry(tag.chart, config, listed);
  if (!parsed.ok) return drop(reading, tag, tagged, parsed.code, parsed.message);
  const { entry } = parsed;
  if (tagOfVersion(entry.version) !== tag.tag || entry.name !== tag.chart) {
    const is = `${entry.name} ${entry.version}`;
    return drop(reading, tag, tagged, "other-version", `under this tag stands ${is}`);
  }
  const line = encodeLine(entry);
  if (line.byteLength > lineBytes) {
    return drop(reading, tag, tagged, "entry-too-large", `${line.byteLength} bytes`);
  }
  const address: ArchiveAddress = { source: source.url, url };
  if (provenance !== undefined) address.provenance = provenance.digest;
  ledger.transaction(() => {
    const release = placeEntry(ledger, {
      entry,
      line,
      addresses: [address],
      source: source.url,
      order: reading.config.sources.map((one) => one.url),
      wasThere: tag.first === 1 && tag.manifest === null, // where it leads now, if it moved, is news
      now: now(),
    });
    ledger.confirm([release]);
    if (ledger.releases.cameWith(release, tagged, source.url)) ledger.listingChanged();
    if (provenance !== undefined) ledger.copyQueue.provenanceOffered(release, now());
    ledger.tagQueue.read(tag, tagged, release, nextRecheck(reading, tag));
    if (tag.release !== null && tag.release !== release) ledger.vanished([tag.release], now());
  });
}

function drop(reading: TagReading, tag: DueTag, manifest: string, code: string, message: string): void {
  const { ledger, now } = reading;
  ledger.transaction(() => {
    ledger.tagQueue.dropped(tag, manifest, { code, message }, nextRecheck(reading, tag));
    if (tag.release !== null) ledger.vanished([tag.release], now());
    ledger.judgements.mark(tag.chart);
  });
}
