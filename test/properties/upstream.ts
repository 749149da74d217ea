import type { SourceConfig } from "../../src/config/config.ts";
import { defaultPolicies, type Policies } from "../../src/config/policies.ts";
import type { Fetch } from "../../src/upstream/bounded-fetch.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { sourceUrl } from "../support/keeper-harness.ts";
import { registrySource, repositorySource } from "../support/registry-harness.ts";
import { type Asked, faults } from "./faults.ts";
import { indexText, type Model } from "./model.ts";

/** What mirrors one kind of source, and the server that the model describes, at the end of `fetch`. */
export interface Kind {
  name: string;
  source: SourceConfig;
  /** By default those that keep everything. */
  policies?: Policies;
  upstreamOf: (model: Model) => Fetch;
}

export const http: Kind = { name: "an HTTP repository", source: repositorySource, upstreamOf: webServerOf };

export const registry: Kind = {
  name: "a registry",
  // Tags that moved are found within the ordinary interval.
  source: registrySource({ charts: ["alpha", "beta"], recheck: 300 }),
  upstreamOf: registryOf,
};

/** So short that it is all over when a history is settled. */
const following: Policies = {
  ...defaultPolicies,
  removal: "hide",
  guard: { maxLoss: { share: 0.1, count: 1 }, confirmAfter: 1800, afterRecovery: 900, grace: 600 },
  change: "follow",
  minimumAge: 900,
};

/** The same, mirrored by policies that follow it. */
export const followed = (kind: Kind): Kind => ({
  ...kind,
  name: `${kind.name} that is followed`,
  policies: following,
});

const signature = "-----BEGIN PGP SIGNED MESSAGE-----\n-----BEGIN PGP SIGNATURE-----\n";

function webServerOf(model: Model): Fetch {
  return async (url, init) => {
    const asked = find(model, url.slice(sourceUrl.length + 1));
    const faulty = faultOf(model, asked);
    if (faulty !== undefined) return faulty;
    if (asked.body === undefined) return new Response("not found", { status: 404 });
    const etag = `"${await digestOf(asked.body)}"`;
    if (new Headers(init.headers).get("if-none-match") === etag) return new Response(null, { status: 304 });
    return new Response(asked.body, { headers: { etag, "content-length": `${asked.body.byteLength}` } });
  };
}

/** Lists of tags are its index; manifests and blobs lead to archives. */
function registryOf(model: Model): Fetch {
  const fake = new FakeRegistry();
  return async (url, init) => {
    fake.tags.clear();
    for (const { chart, version, description, content, isSigned } of model.upstream.values()) {
      const provenance = isSigned ? { provenance: signature } : {};
      await fake.push(chart, version, content, { metadata: { description }, ...provenance });
    }
    const answer = await fake.fetch(url, init);
    const body = answer.ok ? new Uint8Array(await answer.clone().arrayBuffer()) : undefined;
    const isIndex = /\/tags\/list(?:\?|$)/.test(url);
    return faultOf(model, { isIndex, isUnverified: false, body }) ?? answer;
  };
}

const faultOf = ({ fault }: Model, asked: Asked): Response | undefined =>
  fault === undefined ? undefined : faults[fault](asked);

function find(model: Model, path: string): Asked {
  if (path === "index.yaml") {
    return { isIndex: true, isUnverified: false, body: bytesOf(indexText(model)) };
  }
  const file = decodeURIComponent(path).replace(/\.prov$/, "");
  const published = [...model.upstream.values()].find(
    ({ chart, version }) => `${chart}-${version}.tgz` === file,
  );
  if (published === undefined) return { isIndex: false, isUnverified: false, body: undefined };
  const isUnverified = published.digest === undefined;
  if (!path.endsWith(".prov")) return { isIndex: false, isUnverified, body: published.bytes };
  return { isIndex: false, isUnverified, body: published.isSigned ? bytesOf(signature) : undefined };
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
