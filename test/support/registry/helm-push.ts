import { utimes, writeFile } from "node:fs/promises";
import type { HelmHome } from "../helm.ts";
import type { Credentials } from "./options.ts";

export interface ChartFile {
  /** Name of the archive: `<name>-<version>.tgz`. */
  file: string;
  archive: Uint8Array;
  /** Written beside the archive, where `helm push` finds it. */
  provenance?: Uint8Array | string;
  /** Time of the archive's file, which Helm takes for `org.opencontainers.image.created`. */
  created?: Date;
}

export interface Pushed {
  /** `127.0.0.1:<port>/charts/web:1.0.0` */
  reference: string;
  /** Of the manifest. */
  digest: string;
}

/** @param host `127.0.0.1:<port>` */
export async function helmLogin(
  home: HelmHome,
  host: string,
  { user, password }: Credentials,
): Promise<void> {
  const credentials = ["--username", user, "--password", password];
  await home.succeed("registry", "login", host, ...credentials, "--plain-http");
}

/**
 * Pushes with the real Helm, which adds the chart's name to the path.
 * @param to `127.0.0.1:<port>/<path>`
 */
export async function helmPush(home: HelmHome, to: string, chart: ChartFile): Promise<Pushed> {
  const archive = home.file(chart.file);
  await writeFile(archive, chart.archive);
  if (chart.created !== undefined) await utimes(archive, chart.created, chart.created);
  if (chart.provenance !== undefined) await writeFile(`${archive}.prov`, chart.provenance);
  const { code, stdout, stderr } = await home.run("push", archive, `oci://${to}`, "--plain-http");
  const said = stdout + stderr;
  const [, reference] = /^Pushed: (\S+)$/m.exec(said) ?? [];
  const [, digest] = /^Digest: (\S+)$/m.exec(said) ?? [];
  if (code === 0 && reference !== undefined && digest !== undefined) return { reference, digest };
  throw new Error(`helm push to ${to} ended with ${code}: ${said}`);
}
