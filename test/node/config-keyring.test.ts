import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enums, revokeKey } from "openpgp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../local/load-config.ts";
import { ConfigurationError } from "../../src/config/configuration-error.ts";
import type { Policies } from "../../src/config/policies.ts";
import { type SigningKey, signingKey } from "../support/signing.ts";

const repositories = (keys = ""): string => `
repositories:
  a:
    sources: [{ url: "https://a.example.com" }]
${keys}
  b:
    sources: [{ url: "https://b.example.com" }]
`;

let folder: string;
let first: SigningKey;
let second: SigningKey;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chartkeep-keyring-"));
  await mkdir(join(folder, "keys"));
  [first, second] = await Promise.all([signingKey(), signingKey()]);
  await writeFile(join(folder, "keys/first.asc"), first.armored);
  await writeFile(join(folder, "keys/both.asc"), `pub  a comment\n${first.armored}\n${second.armored}`);
  await writeFile(join(folder, "keys/binary.gpg"), first.publicKey.write());
  await writeFile(join(folder, "keys/private.asc"), first.privateKey.armor());
  await writeFile(join(folder, "keys/broken.asc"), first.armored.replace(/\n[^\n]{30}/, "\nAAAA"));
  const revoked = await revokeKey({
    key: second.privateKey,
    reasonForRevocation: { flag: enums.reasonForRevocation.keyCompromised },
    format: "object",
  });
  await writeFile(join(folder, "keys/revoked.asc"), revoked.publicKey.armor());
  const expired = await signingKey({ date: new Date("2024-01-01"), keyExpirationTime: 86_400 });
  await writeFile(join(folder, "keys/expired.asc"), expired.armored);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

let files = 0;

async function load(text: string): Promise<{ policies: Record<string, Policies>; told: string[] }> {
  files += 1;
  const file = join(folder, `mirror-${files}.yaml`);
  await writeFile(file, text);
  const told: string[] = [];
  const config = await loadConfig(file, "free", (line) => told.push(line));
  const policies = Object.entries(config.repositories).map(([name, one]) => [name, one.policies] as const);
  return { policies: Object.fromEntries(policies), told };
}

/** What stands behind the file's name. */
async function problemsOf(text: string): Promise<string[]> {
  try {
    await load(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.split("\n").map((line) => line.replace(/^.*\.yaml:/, ""));
  }
}

const lines = (armored: string): string => armored.replaceAll("\r\n", "\n").trim();

describe("keyring", () => {
  test("names files beside mirror.yaml, for all repositories or for one", async () => {
    const own = "    keyring: [keys/both.asc]";
    const { policies } = await load(
      `requireProvenance: true\nkeyring: [keys/first.asc]\n${repositories(own)}`,
    );
    expect(policies["a"]?.keyring).toEqual([lines(first.armored), lines(second.armored)]);
    expect(policies["b"]).toMatchObject({ requireProvenance: true, keyring: [lines(first.armored)] });
  });

  test("or has the keys themselves", async () => {
    const indented = first.armored.replaceAll(/^/gm, "        ");
    const keys = `    requireProvenance: true\n    keyring:\n      - |\n${indented}`;
    const { policies } = await load(repositories(keys));
    expect(policies["a"]?.keyring).toEqual([lines(first.armored)]);
    expect(policies["b"]).toMatchObject({ requireProvenance: false, keyring: [] });
  });

  test("of which one may have expired: it is told, and goes on to verify what it signed before", async () => {
    const { policies, told } = await load(
      `requireProvenance: true\nkeyring: [keys/expired.asc]\n${repositories()}`,
    );
    expect(policies["a"]?.keyring).toHaveLength(1);
    expect(told).toEqual([
      expect.stringMatching(
        /^\S+\.yaml: keyring\[0\]: the key [0-9A-F]{40} expired at 2024-01-02T00:00:00.000Z: it verifies what it signed/,
      ),
    ]);
  });

  test.each([
    ["none.asc", "there is no such file"],
    ["binary.gpg", "there is no armored public key in it; write what `gpg --armor --export KEY` prints"],
    ["broken.asc", "its key cannot be read: "],
    ["revoked.asc", "is revoked, so nothing that it signed counts; remove it"],
    ["private.asc", "this is a PRIVATE key"],
  ])("refuses what is no use, at its place: %s", async (name, message) => {
    const keys = `keyring:\n  - keys/first.asc\n  - keys/${name}`;
    const problems = await problemsOf(`requireProvenance: true\n${keys}\n${repositories()}`);
    expect(problems).toEqual([expect.stringContaining(message)]);
    expect(problems[0]).toContain(`4:5: keyring[1]: "keys/${name}": `);
  });

  test("a private key is never repeated, and no disguise lets it in", async () => {
    const secret = first.privateKey.armor();
    const disguised = secret.replaceAll("PRIVATE", "PUBLIC");
    for (const text of [secret, disguised]) {
      const indented = text.replaceAll(/^/gm, "      ");
      const problems = await problemsOf(
        `requireProvenance: true\nkeyring:\n  - |\n${indented}\n${repositories()}`,
      );
      expect(problems).toEqual([expect.stringMatching(/^\d+:\d+: keyring\[0\]: this is a PRIVATE key/)]);
      expect(problems.join()).not.toContain(secret.split(/\r?\n/)[4]);
    }
  });
});

describe("requireProvenance and keyring belong together", () => {
  const noKeys = "there are no keys to verify provenance with; add `keyring:` and below it `- FILE` for each";
  const useless =
    "verifies nothing: no repository that uses it has `requireProvenance: true`; add that, or remove this";

  test.each([
    [`requireProvenance: true${repositories()}`, [`1:20: requireProvenance: ${noKeys}`]],
    [repositories("    requireProvenance: true"), [`5:24: repositories.a.requireProvenance: ${noKeys}`]],
    [`keyring: [keys/first.asc]${repositories()}`, [`1:1: keyring: ${useless}`]],
    [repositories("    keyring: [keys/first.asc]"), [`5:5: repositories.a.keyring: ${useless}`]],
    [
      `requireProvenance: true\nkeyring: [keys/first.asc]\n${repositories("    requireProvenance: false")}`,
      [],
    ],
    [`keyring: [keys/first.asc]\n${repositories("    requireProvenance: true")}`, []],
    [`keyring: []\nrequireProvenance: true${repositories()}`, [expect.stringContaining("the list is empty")]],
  ])("%j", async (text, problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });
});
