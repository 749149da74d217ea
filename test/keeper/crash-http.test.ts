import { describeCrashes } from "../support/crashes.ts";
import { type Harness, indexOf } from "../support/keeper-harness.ts";

/** One release has no digest. */
async function publishOverHttp({ upstream }: Harness, versions: number): Promise<void> {
  const entries = [];
  for (let major = 1; major <= versions; major += 1) {
    for (const chart of ["alpha", "beta"]) {
      const digest = await upstream.archive(`${chart}-${major}.0.0.tgz`, `${chart} ${major}`);
      entries.push({ chart, version: `${major}.0.0`, ...(major === 2 ? {} : { digest }) });
    }
  }
  upstream.put("alpha-1.0.0.tgz.prov", "-----BEGIN PGP SIGNATURE-----");
  upstream.put("index.yaml", indexOf(entries));
}

describeCrashes({
  name: "an HTTP repository",
  open: (harness) => (versions) => publishOverHttp(harness, versions),
  kept: 0,
});
