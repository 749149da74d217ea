import { env } from "cloudflare:test";
import { describeCrashes } from "../support/crashes.ts";
import type { Harness } from "../support/keeper-harness.ts";
import { memberSource } from "../support/merged-harness.ts";
import { storeRepository } from "../support/stored-repository.ts";

/** Two members, of which one never publishes anything. */
function openMembers({ parts, repository }: Harness): (versions: number) => Promise<void> {
  const [member, empty] = [`${repository}-member`, `${repository}-empty`];
  parts.config = { ...parts.config, sources: [member, empty].map(memberSource) };
  return async (count) => {
    const versions = Array.from({ length: count }, (_, major) => `${count - major}.0.0`);
    const digest = "d".repeat(64);
    const descriptor = { digest, size: 1, mediaType: "application/vnd.oci.image.manifest.v1+json" };
    const charts = {
      alpha: { versions, signed: ["1.0.0"], originals: { "1.0.0": digest } },
      beta: { versions, kept: [{ kind: "kept" as const, tag: "artifacthub.io", descriptor }] },
    };
    await storeRepository({ kv: env.KV, bucket: env.BUCKET }, member, charts, `${count}`.repeat(32));
  };
}

describeCrashes({ name: "other repositories of the mirror", open: openMembers, kept: 1 });
