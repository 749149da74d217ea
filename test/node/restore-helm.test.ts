import { readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { smallChart } from "../support/published-charts.ts";
import { Restoring } from "../support/restoring.ts";
import { signedChart } from "../support/signed-chart.ts";
import { type StandInMirror, startStandInMirror } from "../support/stand-in-mirror.ts";
import { directorySite } from "../support/upstream/directory-site.ts";
import { sitesByFolder } from "../support/upstream/site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const helms = await availableHelms();
const sealed = await signedChart("sealed", "1.2.3");

describe.skipIf(helms.length > 0)("the real Helm", () => {
  test(helmIsNeeded, (context) => context.skip(helmIsNeeded));
});

describe.each(helms)("a restored branch on a static web server, for $name", (helm) => {
  let mirror: StandInMirror;
  let restoring: Restoring;
  let pages: Upstream;

  beforeEach(async () => {
    mirror = await startStandInMirror();
    restoring = await Restoring.begin();
    pages = await startUpstream(sitesByFolder({ charts: directorySite(restoring.directory) }));
    // Where the branch was served, and where it will be again.
    mirror.sources = [{ url: `${pages.url}/charts`, kind: "http" }];
    await mirror.both([
      { name: "web", version: "2.0.0", url: "stable/web-2.0.0.tgz" },
      { name: "web", version: "1.0.0+build.7", url: `${pages.url}/charts/web-1.0.0+build.7.tgz` },
      { name: "sealed", version: "1.2.3", archive: sealed.archive, provenance: sealed.provenance },
    ]);
  });
  afterEach(async () => {
    await pages[Symbol.asyncDispose]();
    await restoring[Symbol.asyncDispose]();
    await mirror[Symbol.asyncDispose]();
  });

  test.each(["original", "local"] as const)("is a whole repository again: --urls %s", async (urls) => {
    expect((await restoring.run(mirror.url, { urls })).tally.trouble).toEqual([]);
    await mirror.server.close(); // the branch stands alone
    await using home = await helmHome(helm);
    await home.succeed("repo", "add", "again", `${pages.url}/charts`);

    const found: { name: string; version: string }[] = JSON.parse(
      await home.succeed("search", "repo", "--versions", "-o", "json"),
    );
    expect(found.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual([
      "again/sealed 1.2.3",
      "again/web 1.0.0+build.7",
      "again/web 2.0.0",
    ]);
    for (const version of ["2.0.0", "1.0.0+build.7"]) {
      await home.succeed("pull", "again/web", "--version", version);
      const pulled = new Uint8Array(await readFile(home.file(`web-${version}.tgz`)));
      expect(pulled).toEqual(await smallChart("web", version));
    }
    await home.succeed("pull", "again/sealed", "--prov");
    expect(await readFile(home.file("sealed-1.2.3.tgz.prov"), "utf8")).toBe(sealed.provenance);
    await writeFile(home.file("keyring.gpg"), sealed.keyring);
    const verify = await home.run("pull", "again/sealed", "--verify", "--keyring", home.file("keyring.gpg"));
    expect(verify).toMatchObject({ code: 0 });
    expect(verify.stdout + verify.stderr).toContain("Chart Publisher");
  });
});
