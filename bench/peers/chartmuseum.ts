import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../test/support/registry/free-port.ts";
import { findProgram, isExecutable } from "../support/find-program.ts";
import { ServerProcess } from "../support/server-process.ts";
import { type Peer, skipped, type Skipped } from "./peer.ts";

const module = "helm.sh/chartmuseum/cmd/chartmuseum@v0.16.3";
const tools = join(import.meta.dirname, "../../node_modules/.cache/chartkeep/chartmuseum-v0.16.3");

/** ChartMuseum over a folder of archives: it makes the index itself. */
export async function startChartMuseum(directory: string): Promise<Peer | Skipped> {
  found ??= findChartMuseum();
  const program = await found;
  if (typeof program !== "string") return program;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await ServerProcess.start({
    program,
    // Without its own copy of the index in the folder, which others serve as well.
    parameters: [
      `--port=${port}`,
      "--storage=local",
      `--storage-local-rootdir=${directory}`,
      "--disable-statefiles",
    ],
    env: { LISTEN_HOST: "127.0.0.1" },
    probe: `${url}/health`,
  });
  const index = await fetch(`${url}/index.yaml`); // it reads every archive before it answers the first time
  await index.arrayBuffer();
  if (!index.ok) throw new Error(`ChartMuseum answers ${index.status} for its index`);
  return { url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

let found: Promise<string | Skipped> | undefined;

/** The one on the PATH, or one that Go builds, which takes minutes the first time. */
async function findChartMuseum(): Promise<string | Skipped> {
  const installed = await findProgram("chartmuseum");
  if (installed !== undefined) return installed;
  const built = join(tools, "chartmuseum");
  if (await isExecutable(built)) return built;
  const go = await findProgram("go");
  if (go === undefined) return skipped("needs chartmuseum on the PATH, or Go to build it");
  try {
    await mkdir(tools, { recursive: true });
    await promisify(execFile)(go, ["install", module], { env: { ...process.env, GOBIN: tools } });
    return built;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return skipped(`needs chartmuseum on the PATH; \`go install ${module}\` failed`);
  }
}
