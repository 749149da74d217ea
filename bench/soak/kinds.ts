import type { Asked } from "./asked.ts";
import { hasDigest, type Readers } from "./asked.ts";
import { sha256, type Truth } from "./truth.ts";
import { registryCharts } from "./content.ts";

/** A chart version that is there from the beginning. */
export interface KnownVersion {
  chart: string;
  version: string;
  archive: Uint8Array;
  provenance: Uint8Array;
}

export interface Scene {
  readers: Readers;
  truth: Truth;
  /** Of `steady`. */
  known: readonly KnownVersion[];
  /** Of `steady`: its only revision. */
  revision: string;
  /** Repositories that change, and charts that they have from the beginning. */
  charts: Readonly<Record<"busy" | "oci" | "all", readonly string[]>>;
}

type Make = (scene: Scene, turn: number) => Asked;

const gzip = { "Accept-Encoding": "gzip" };
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const changing = ["busy", "oci", "all", "filling"] as const;
const withCharts = ["busy", "oci", "all"] as const;

/** In turn, again and again. */
function one<T>(values: readonly T[], turn: number): T {
  const value = values[turn % values.length];
  if (value === undefined) throw new Error("there is nothing to choose from");
  return value;
}

function ofIndex(
  { readers }: Scene,
  kind: string,
  repository: string,
  path: string,
  headers: Record<string, string> = {},
): Asked {
  // What is sent in another coding has another entity tag, so it is another thing to remember.
  const key = `${path} ${headers["Accept-Encoding"] ?? ""}`;
  return {
    kind,
    path,
    headers,
    statuses: [200],
    check: (answer, body) => readers.checkIndex(repository, key, answer, body),
  };
}

function unchanged(scene: Scene, turn: number): Asked {
  const repository = one(changing, turn);
  const path = `/${repository}/index.yaml`;
  const etag = scene.readers.etags.get(`${path} `) ?? '"none"';
  const asked = ofIndex(scene, "the index, asked whether it changed", repository, path, {
    "If-None-Match": etag,
  });
  const check: Asked["check"] = (answer, body) => {
    if (answer.status === 200) return scene.readers.checkIndex(repository, `${path} `, answer, body);
    return answer.headers.get("etag") === etag ? undefined : "304 for another entity tag";
  };
  return { ...asked, statuses: [304, 200], check };
}

/** What an index began to list a moment ago, otherwise one that is there for long. */
function archive({ readers, known }: Scene, turn: number): Asked {
  const listed = readers.nextListed();
  const { chart, version, archive: bytes } = one(known, turn);
  const digest = listed?.entry.digest ?? sha256(bytes);
  const file = listed === undefined ? `${chart}-${version}` : `${listed.entry.name}-${listed.entry.version}`;
  return {
    kind: "an archive",
    path: `/${listed?.repository ?? "steady"}/charts/${digest}/${encodeURIComponent(file)}.tgz`,
    statuses: [200],
    check: (_, body) => hasDigest(body, digest),
  };
}

function conventional({ known }: Scene, turn: number): Asked {
  const { chart, version, archive: bytes } = one(known, turn);
  return {
    kind: "an archive by its name",
    path: `/steady/${chart}-${version}.tgz`,
    statuses: [200],
    check: (_, body) => hasDigest(body, sha256(bytes)),
  };
}

function range({ known }: Scene, turn: number): Asked {
  const { chart, version, archive: bytes } = one(known, turn);
  const [first, last] = [turn % 1000, 1000 + (turn % 3000)];
  return {
    kind: "a range of an archive",
    path: `/steady/charts/${sha256(bytes)}/${chart}-${version}.tgz`,
    headers: { Range: `bytes=${first}-${last}` },
    statuses: [206],
    check: (_, body) => (body.equals(bytes.subarray(first, last + 1)) ? undefined : "other bytes than these"),
  };
}

function provenance({ known }: Scene, turn: number): Asked {
  const { chart, version, archive: bytes, provenance: text } = one(known, turn);
  return {
    kind: "provenance",
    path: `/steady/charts/${sha256(bytes)}/${chart}-${version}.tgz.prov`,
    statuses: [200],
    check: (_, body) => (body.equals(text) ? undefined : "another provenance"),
  };
}

function status(): Asked {
  return {
    kind: "/status.json",
    path: "/status.json",
    statuses: [200],
    check: (_, body) => {
      const { repositories }: { repositories: Record<string, unknown> } = JSON.parse(String(body));
      return Object.keys(repositories).length === 5 ? undefined : "repositories are missing";
    },
  };
}

function page({ readers, known }: Scene, turn: number): Asked {
  const path = one(["/", "/busy/", `/steady/${one(known, turn).chart}/`], turn);
  return {
    kind: "a page",
    path,
    statuses: [200],
    check: (_, body) =>
      readers.checkOnce("page", body, () =>
        String(body).trimEnd().endsWith("</html>") ? undefined : "cut off",
      ),
  };
}

function api({ readers, charts }: Scene, turn: number): Asked {
  const repository = one(withCharts, turn);
  const path = `/api/${repository}/charts/${one(charts[repository], turn)}`;
  return {
    kind: "ChartMuseum's API",
    path,
    statuses: [200],
    check: (answer, body) => readers.checkVersions(repository, path, answer, body),
  };
}

function tags({ readers, truth, charts }: Scene, turn: number): Asked {
  const repository = one(withCharts, turn);
  const chart = one(charts[repository], turn);
  return {
    kind: "tags",
    path: `/v2/${repository}/${chart}/tags/list`,
    statuses: [200],
    check: (_, body) =>
      readers.checkOnce(`tags ${repository}`, body, () => {
        const list: { tags: string[] } = JSON.parse(String(body));
        const versions = list.tags.filter((tag) => !tag.startsWith("sha256-"));
        const strange = versions.find((tag) => truth.digest(repository, chart, tag) === undefined);
        if (versions.length === 0) return "no tag";
        return strange === undefined ? undefined : `${chart}:${strange} was never published`;
      }),
  };
}

/** Of `steady` they are made of the index's lines, of a registry's charts they are stored. */
function manifest({ readers, truth, known }: Scene, turn: number): Asked {
  const fromRegistry = turn % 2 === 0;
  const { chart, version } = fromRegistry
    ? { chart: one(registryCharts, turn), version: "1.3.0" }
    : one(known, turn);
  const repository = fromRegistry ? "oci" : "steady";
  return {
    kind: "a manifest by its tag",
    path: `/v2/${repository}/${chart}/manifests/${version}`,
    headers: { Accept: manifestType },
    statuses: [200],
    check: ({ headers }, body) =>
      hasDigest(body, headers.get("docker-content-digest")?.slice("sha256:".length) ?? "") ??
      readers.checkOnce(`manifest ${chart}`, body, () => {
        const { layers }: { layers: { digest: string }[] } = JSON.parse(String(body));
        const digest = `sha256:${truth.digest(repository, chart, version) ?? ""}`;
        return layers.some((layer) => layer.digest === digest) ? undefined : "its layers lack the archive";
      }),
  };
}

function blob({ known }: Scene, turn: number): Asked {
  const { chart, archive: bytes } = one(known, turn);
  const digest = sha256(bytes);
  return {
    kind: "a blob",
    path: `/v2/steady/${chart}/blobs/sha256:${digest}`,
    statuses: [200],
    check: (_, body) => hasDigest(body, digest),
  };
}

/** Needs no storage: what it waits for is the thread. */
const health: Make = () => ({
  kind: "/healthz",
  path: "/healthz",
  statuses: [200],
  check: (_, body) => (String(body) === "ok\n" ? undefined : "it is not ok"),
});
const index: Make = (scene, turn) => {
  const repository = one(changing, turn);
  return ofIndex(scene, "the index", repository, `/${repository}/index.yaml`);
};
const indexGzip: Make = (scene, turn) => {
  const repository = one(changing, turn);
  return ofIndex(scene, "the index, gzip", repository, `/${repository}/index.yaml`, gzip);
};
const latest: Make = (scene, turn) => {
  const repository = one(changing, turn);
  return ofIndex(scene, "`@latest`", repository, `/${repository}@latest/index.yaml`);
};
const latestFew: Make = (scene, turn) => {
  const repository = one(changing, turn);
  return ofIndex(scene, "`@latest-3`", repository, `/${repository}@latest-3/index.yaml`);
};
const chartIndex: Make = (scene, turn) => {
  const repository = one(withCharts, turn);
  const chart = one(scene.charts[repository], turn);
  return ofIndex(scene, "one chart's index", repository, `/${repository}/${chart}/index.yaml`);
};
const snapshot: Make = (scene) =>
  ofIndex(scene, "a snapshot", "steady", `/steady@${scene.revision}/index.yaml`);

/** What a reader asks for, one after the other. Kinds that most traffic is of stand there several times. */
const round: readonly Make[] = [
  unchanged,
  archive,
  latest,
  manifest,
  chartIndex,
  unchanged,
  blob,
  indexGzip,
  range,
  tags,
  unchanged,
  archive,
  index,
  provenance,
  api,
  unchanged,
  manifest,
  latestFew,
  archive,
  conventional,
  unchanged,
  snapshot,
  status,
  blob,
  page,
  health,
];

/** @param turn counts a reader's requests */
export const askedAt = (scene: Scene, turn: number): Asked =>
  one(round, turn)(scene, Math.floor(turn / round.length));
