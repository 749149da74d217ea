import { sha256 } from "../../src/storage/archive-store.ts";
import { type IndexedVersion, indexOf } from "../support/keeper-harness.ts";
import type { Fault } from "./faults.ts";

/** One version of a chart, as the upstream has it. */
export interface Published extends IndexedVersion {
  /** What its archive is made from. */
  content: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the bytes, whether or not the index says so. */
  sha256: string;
  isSigned: boolean;
}

/** All that matters of the world: what the upstream has, and what readers have been promised. */
export interface Model {
  repository: string;
  /** What the upstream's index lists now, by `<chart> <version>`. */
  upstream: Map<string, Published>;
  fault: Fault | undefined;
  /** Every digest that the upstream has ever had of a version. */
  shown: Map<string, Set<string>>;
  /** What a reader has seen in the index: from then on it stays, with this digest. */
  promised: Map<string, string>;
  /** What the operator has withdrawn: since which number, and which digests of it were known. */
  withdrawn: Map<string, { number: number; digests: readonly string[] }>;
  /** Promised, but reinstated or damaged: it comes back, as it was, and is then as all else. */
  awaited: Set<string>;
  /** Withdrawn when a Keeper began that did not know its digest: it may come back with another one. */
  forgotten: Set<string>;
  /** Whether the ledger ever was lost, and with it how much the source had. */
  ledgerWasLost: boolean;
  /** The revision at which the operator holds the repository. */
  held: string | undefined;
  /** Whether policies follow the upstream: then nothing is promised but what it has. */
  isFollowed: boolean;
  /** Whether it ever was held at one. */
  wasHeld: boolean;
}

export const emptyModel = (repository: string, isFollowed: boolean): Model => ({
  repository,
  isFollowed,
  upstream: new Map(),
  fault: undefined,
  shown: new Map(),
  promised: new Map(),
  withdrawn: new Map(),
  awaited: new Set(),
  forgotten: new Set(),
  ledgerWasLost: false,
  held: undefined,
  wasHeld: false,
});

/** A Keeper begins with what is published: of what is not, nobody tells it which digest was the first. */
export function forgetUnlisted(model: Model): void {
  for (const version of [...model.withdrawn.keys(), ...model.awaited]) {
    model.promised.delete(version);
    model.forgotten.add(version);
  }
  model.awaited.clear();
}

export const versionKey = ({ chart, version }: { chart: string; version: string }): string =>
  `${chart} ${version}`;

/** What is chosen of a version when it is published; the same release has the same bytes. */
export interface Release {
  chart: string;
  version: string;
  release: number;
  text: number;
  /** Whether the index says its digest. */
  hasDigest: boolean;
  isSigned: boolean;
}

/** From now on the upstream has the version with these bytes. */
export async function publishUpstream(model: Model, chosen: Release): Promise<void> {
  const { chart, version, release, text, hasDigest, isSigned } = chosen;
  const key = versionKey(chosen);
  const content = `${key} ${release}`;
  const bytes = new Uint8Array([0x1f, 0x8b, ...new TextEncoder().encode(content)]);
  const digest = await sha256(bytes);
  const entry = {
    chart,
    version,
    description: `text ${text}`,
    ...(hasDigest ? { digest } : {}),
  };
  model.upstream.set(key, { ...entry, content, bytes, sha256: digest, isSigned });
  model.shown.set(key, (model.shown.get(key) ?? new Set()).add(digest));
}

export const indexText = (model: Model): string => indexOf([...model.upstream.values()]);
