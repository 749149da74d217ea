import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../local/load-config.ts";
import { defaultPolicies } from "../../src/config/policies.ts";
import { type HelmHome, availableHelms, helmHome, helmIsNeeded } from "../support/helm.ts";
import { type Mirror, startMirror } from "../support/mirror.ts";
import { signingKey } from "../support/signing.ts";
import { directorySite } from "../support/upstream/directory-site.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

const run = promisify(execFile);
const helms = await availableHelms();
const hasGpg = await run("gpg", ["--version"]).then(
  () => true,
  () => false,
);

/** Files that `helm package --sign` and `gpg --armor --export` work with. */
interface KeyFiles {
  /** Secret keys in the binary form of GnuPG before 2.1. */
  secret: Uint8Array;
  armored: string;
}

async function keyOfLibrary(): Promise<KeyFiles> {
  const key = await signingKey({ type: "rsa", rsaBits: 2048 });
  return { secret: key.privateKey.write(), armored: key.armored };
}

/** Made and exported by GnuPG, in a home of its own. */
async function keyOfGpg(): Promise<KeyFiles> {
  const home = await mkdtemp(join(tmpdir(), "chartkeep-gpg-"));
  const gpg = async (...args: string[]): Promise<Buffer> => {
    const all = ["--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", ...args];
    return (await run("gpg", all, { encoding: "buffer" })).stdout;
  };
  try {
    await gpg("--quick-gen-key", "Chart Publisher <publisher@example.com>", "rsa3072", "sign", "2y");
    const secret = await gpg("--export-secret-keys");
    return { secret: new Uint8Array(secret), armored: (await gpg("--armor", "--export")).toString() };
  } finally {
    await run("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]).catch(() => undefined);
    await rm(home, { recursive: true, force: true });
  }
}

describe.skipIf(helms.length > 0 && hasGpg)("signed by the real programs", () => {
  test("needs helm and gpg", (context) => context.skip(hasGpg ? helmIsNeeded : "needs gpg on the PATH"));
});

describe.each(helms.slice(0, 1))("where provenance is required, of charts that $name signed", (helm) => {
  let home: HelmHome;
  let upstream: Upstream;
  let mirror: Mirror;
  const good = ["library", ...(hasGpg ? ["gnupg"] : [])];

  beforeAll(async () => {
    home = await helmHome(helm);
    const keys = { library: await keyOfLibrary(), stranger: await keyOfLibrary() };
    const all: Record<string, KeyFiles> = hasGpg ? { ...keys, gnupg: await keyOfGpg() } : keys;
    for (const [name, { secret, armored }] of Object.entries(all)) {
      await writeFile(home.file(`${name}.gpg`), secret);
      await writeFile(home.file(`${name}.asc`), armored);
      await home.succeed("create", name);
      const signing = ["--sign", "--key", "Chart Publisher", "--keyring", home.file(`${name}.gpg`)];
      await home.succeed("package", name, ...signing);
    }
    await home.succeed("create", "plain");
    await home.succeed("package", "plain");
    await home.succeed("repo", "index", ".");
    upstream = await startUpstream(directorySite(home.directory));
    const yaml = [
      "requireProvenance: true",
      `keyring: [${good.map((name) => `${name}.asc`).join(", ")}]`,
      `repositories: { signed: { sources: [{ url: "${upstream.url}" }] } }`,
    ];
    await writeFile(home.file("mirror.yaml"), yaml.join("\n"));
    const { repositories } = await loadConfig(home.file("mirror.yaml"), "paid", () => undefined);
    mirror = await startMirror({
      signed: { url: upstream.url, policies: repositories["signed"]?.policies ?? defaultPolicies },
    });
    await mirror.sync("signed");
  });
  afterAll(async () => {
    await mirror.stop();
    await upstream.close();
    await home[Symbol.asyncDispose]();
  });

  test("those are listed whose keys are in the keyring, and the others are told", async () => {
    expect((await mirror.listed("signed")).map(({ name }) => name)).toEqual(good.toSorted());
    const { problems, versions } = await mirror.status("signed");
    expect(versions).toMatchObject({ stored: good.length + 2, unverified: 2 });
    expect(problems).toHaveLength(2);
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ chart: "plain", message: "no source has provenance for it" }),
        expect.objectContaining({ chart: "stranger", message: expect.stringMatching(/^unknown-key: /) }),
      ]),
    );
    expect(problems.map(({ code }) => code)).toEqual(["unverified", "unverified"]);
  });

  test("and what is listed verifies for helm with the same keys", async () => {
    await home.succeed("repo", "add", "mirror", mirror.urlOf("signed"));
    await mkdir(home.file("pulled"));
    for (const name of good) {
      const pull = [
        "pull",
        `mirror/${name}`,
        "--verify",
        "--keyring",
        home.file(`${name}.gpg`),
        "-d",
        "pulled",
      ];
      await home.succeed(...pull);
      expect((await readFile(home.file(`pulled/${name}-0.1.0.tgz`))).byteLength).toBeGreaterThan(0);
    }
  });
});
