import { describeCrashes } from "../support/crashes.ts";
import { FakeRegistry, registryUrl } from "../support/fake-registry.ts";
import type { Harness } from "../support/keeper-harness.ts";

/** A signature's tag moves, and the manifest of a version that is there already gets provenance. */
function openRegistry({ parts }: Harness): (versions: number) => Promise<void> {
  const registry = new FakeRegistry();
  parts.fetch = registry.fetch;
  parts.config = {
    ...parts.config,
    sources: [{ kind: "oci", url: registryUrl, charts: ["alpha", "beta"], plainHttp: false, recheck: 300 }],
  };
  return async (versions) => {
    const provenance = "-----BEGIN PGP SIGNATURE-----";
    for (let major = 1; major <= versions; major += 1) {
      const isSigned = major === 1 || versions === 3;
      await registry.push("alpha", `${major}.0.0`, `alpha ${major}`, isSigned ? { provenance } : {});
      await registry.push("beta", `${major}.0.0`, `beta ${major}`);
    }
    const config = await registry.put("application/vnd.oci.empty.v1+json", "{}");
    const signature = { schemaVersion: 2, config, layers: [], annotations: { versions: `${versions}` } };
    await registry.putManifest("beta", `sha256-${"c".repeat(64)}.sig`, signature);
  };
}

describeCrashes({ name: "a registry", open: openRegistry, kept: 2 });
