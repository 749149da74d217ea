import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { describe, expect, test } from "vitest";
import { indexLine } from "../../src/helm/chart-entry.ts";
import { type SyntheticChart, synthesise } from "../../src/oci/synthesise.ts";
import { collectEntries, usable } from "../helm/collect-entries.ts";
import { availableHelms, type Helm, helmHome, helmIsNeeded } from "../support/helm.ts";
import { sha256 } from "../support/published-charts.ts";
import { helmPush } from "../support/registry/helm-push.ts";
import { startRegistry } from "../support/registry/registry.ts";
import { signedChart } from "../support/signed-chart.ts";

const helms = await availableHelms();
const created = new Date("2025-03-04T05:06:07Z");

interface Metadata {
  apiVersion: string;
  name: string;
  version: string;
  [field: string]: unknown;
}

/** Whatever a Chart.yaml may say that Go and JavaScript might write in different ways. */
const charts: Record<string, Metadata> = {
  "a chart with nothing but its name": { apiVersion: "v2", name: "bare", version: "1.0.0" },
  "a chart of Helm 2's time": { apiVersion: "v1", name: "old", version: "0.1.0", appVersion: "1.0" },
  "a chart with every field": {
    apiVersion: "v2",
    name: "full",
    version: "1.2.3-rc.1+build.5",
    kubeVersion: ">=1.25.0-0 <2",
    description: 'All & everything: <b>bold</b>, "quoted", back\\slash',
    type: "library",
    keywords: ["one", "two & three"],
    home: "https://example.com/?a=1&b=<2>",
    sources: ["https://example.com/source?x=1&y=2", "https://example.com/other"],
    maintainers: [
      { url: "https://example.com/ann", email: "ann@example.com", name: "Ann <A>" },
      { name: "Bob" },
      { email: "only@example.com" },
    ],
    icon: "https://example.com/icon.svg",
    appVersion: "v2.0.0",
    deprecated: true,
    condition: "full.enabled",
    tags: "front,back",
    annotations: { b: "2", a: "1", "artifacthub.io/changes": "- kind: fixed\n  description: a\ttab" },
    dependencies: [
      {
        name: "common",
        version: ">=1.0.0 <2.0.0",
        repository: "https://charts.example.com",
        condition: "common.enabled",
        tags: ["infra"],
        "import-values": ["data", { parent: "b.x", child: "a.y" }],
        alias: "shared",
        enabled: true,
      },
      { name: "local", version: "0.1.0", repository: "" },
    ],
  },
  "annotations whose keys JavaScript would reorder": {
    apiVersion: "v2",
    name: "keys",
    version: "1.0.0",
    annotations: {
      "9": "nine",
      "10": "ten",
      "1": "one",
      "-1": "minus",
      "1.0": "text",
      Z: "upper",
      a: "lower",
    },
  },
  "annotations that UTF-8 and UTF-16 order differently": {
    apiVersion: "v2",
    name: "unicode",
    version: "1.0.0",
    annotations: { "\u{1F600}": "astral", "\uFF21": "wide", é: "accent", "": "no key" },
  },
  "texts with separators and accents": {
    apiVersion: "v2",
    name: "texts",
    version: "1.0.0",
    description: "Größe \u2028 and \u2029, \u{1F680}, an e\u0301, DEL \u007f",
    annotations: { control: "bell \u0007, back \b, feed \f, null-ish \u0001", lines: "a\r\nb" },
  },
  "annotations in the place of what Helm would write": {
    apiVersion: "v2",
    name: "own",
    version: "1.0.0",
    description: "described",
    annotations: {
      "org.opencontainers.image.title": "another",
      "org.opencontainers.image.version": "9.9.9",
      "org.opencontainers.image.description": "mine",
      "org.opencontainers.image.url": "",
    },
  },
  "what is blank": {
    apiVersion: "v2",
    name: "blank",
    version: "1.0.0",
    home: "",
    maintainers: [{ name: "", email: "", url: "https://example.com" }],
    annotations: { empty: "", spaces: "  " },
  },
};

describe.skipIf(helms.length > 0)("the real Helm", () => {
  test(helmIsNeeded, (context) => context.skip(helmIsNeeded));
});

describe.each(helms)("$name", (helm) => {
  describe("a config is made as helm push makes it, byte for byte, and a manifest but for its time, of", () => {
    test.each(Object.entries(charts))("%s", async (_, metadata) => {
      const { name, version } = metadata;
      const archive = await pack(name, inYaml(JSON.stringify(metadata)));
      const { pushed, made } = await bothWays(helm, { file: `${name}-${version}.tgz`, archive });
      expect(made.config).toBe(pushed.config);
      expect(made.manifest).toBe(pushed.manifest);
    });

    test("a chart that is signed", async () => {
      const { pushed, made } = await bothWays(helm, await signedChart("sealed", "1.2.3"));
      expect(made).toEqual(pushed);
      expect(made.manifest).toContain("provenance.v1.prov");
    });
  });
});

interface Documents {
  config: string;
  manifest: string;
}

/**
 * `helm push` of an archive, and what is made of the line that the mirror's index has for it, once
 * `helm repo index` has listed it.
 */
async function bothWays(
  helm: Helm,
  chart: { file: string; archive: Uint8Array<ArrayBuffer>; provenance?: string },
): Promise<{ pushed: Documents; made: Documents }> {
  await using home = await helmHome(helm);
  await using registry = await startRegistry();
  const { digest } = await helmPush(home, `${registry.host}/charts`, { ...chart, created });
  const [name = ""] = registry.content.names;
  const content = registry.content.find(name);
  const manifest = content?.manifest(digest);
  const config = content?.blobs.get(manifest?.fields.config?.digest ?? "");
  const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
  await home.succeed("repo", "index", ".");
  const made = await madeFromIndex(await readFile(home.file("index.yaml")), chart);
  return {
    pushed: { config: text(config), manifest: withoutTime(text(manifest?.bytes)) },
    made: { config: text(made.config.bytes), manifest: withoutTime(text(made.manifest.bytes)) },
  };
}

async function madeFromIndex(
  index: Uint8Array,
  { archive, provenance }: { archive: Uint8Array; provenance?: string },
): Promise<SyntheticChart> {
  const [entry] = usable(await collectEntries(index));
  if (entry === undefined) throw new Error("helm repo index listed nothing");
  const line = new TextEncoder().encode(indexLine(entry, sha256(archive), "charts/x.tgz"));
  const sized = (bytes: Uint8Array) => ({ digest: sha256(bytes), size: bytes.byteLength });
  const signed = provenance === undefined ? undefined : sized(new TextEncoder().encode(provenance));
  const made = await synthesise(line, sized(archive), signed);
  if (made === undefined) throw new Error("the line is no JSON");
  return made;
}

/** Helm takes the time of the archive's file, the index has the time at which it was listed. */
const withoutTime = (manifest: string): string =>
  manifest.replace(/("org\.opencontainers\.image\.created":")[^"]+"/, '$1…"');

/** JSON is YAML but for these characters, which YAML does not take as they are. */
const inYaml = (json: string): string =>
  json.replace(
    /[\u007f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

async function pack(name: string, chartYaml: string): Promise<Uint8Array<ArrayBuffer>> {
  const body = new TextEncoder().encode(chartYaml);
  const header = { name: `${name}/Chart.yaml`, size: body.byteLength, mtime: created, mode: 0o644 };
  return new Uint8Array(gzipSync(await packTar([{ header, body }])));
}
