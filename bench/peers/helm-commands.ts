import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import type { HelmHome } from "../../test/support/helm.ts";
import type { Sample } from "./request-kinds.ts";

export const helmCommands = ["repo add", "repo update", "search repo", "pull", "dependency update"] as const;

export type HelmCommand = (typeof helmCommands)[number];

const parent = "parent";

/** Undoes what an earlier round left: Helm 4 keeps archives by their digest, and a first pull is to be measured. */
export async function prepareCommand(
  home: HelmHome,
  command: HelmCommand,
  url: string,
  { chart, version, file }: Sample,
): Promise<void> {
  if (command !== "pull" && command !== "dependency update") return;
  await rm(home.file(".helm/cache/content"), { recursive: true, force: true });
  await rm(home.file(file), { force: true });
  await rm(home.file(parent), { recursive: true, force: true });
  await mkdir(home.file(parent));
  const dependencies = [{ name: chart, version, repository: url }];
  const metadata = { apiVersion: "v2", name: parent, version: "1.0.0", dependencies };
  await writeFile(home.file(`${parent}/Chart.yaml`), JSON.stringify(metadata));
}

/** @param url of the repository, as users write it @throws {Error} with what Helm said, where it fails */
export async function runCommand(
  home: HelmHome,
  command: HelmCommand,
  url: string,
  { chart, version }: Sample,
): Promise<void> {
  switch (command) {
    case "repo add":
      await home.succeed("repo", "add", "charts", url, "--force-update");
      return;
    case "repo update":
      await home.succeed("repo", "update");
      return;
    case "search repo":
      await requireFound(home, chart);
      return;
    case "pull":
      await home.succeed("pull", `charts/${chart}`, "--version", version);
      return;
    case "dependency update":
      await home.succeed("dependency", "update", parent);
      return;
  }
}

async function requireFound(home: HelmHome, chart: string): Promise<void> {
  const found = await home.succeed("search", "repo", "charts");
  if (!found.includes(`charts/${chart}`)) throw new Error(`helm search does not find ${chart}`);
}

/** @throws {Error} unless the command has brought the archive, byte for byte */
export async function requireArchive(
  home: HelmHome,
  command: "pull" | "dependency update",
  { file, digest }: Sample,
): Promise<void> {
  const path = command === "pull" ? file : `${parent}/charts/${file}`;
  const bytes = await readFile(home.file(path));
  if (createHash("sha256").update(bytes).digest("hex") !== digest) throw new Error(`${path} is another file`);
}
