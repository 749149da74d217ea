import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type LoggedRequest, requestsIn } from "./access-log.ts";
import { freePort } from "./free-port.ts";
import { htpasswdLine } from "./htpasswd.ts";
import type { Credentials } from "./options.ts";

/** Said where a suite is skipped because `findDebianRegistry` found nothing. */
export const debianRegistryIsNeeded = "needs docker-registry, of Debian's package of that name";

export interface DebianRegistryOptions {
  auth?: Credentials;
  /** Folder that outlives the registry; without it nothing does. */
  storage?: string;
  /** Whether manifests and blobs may be deleted, by digest: it knows no deletion of a tag. */
  deletes?: boolean;
  /** How many names one may ask the catalogue for at once; 1000 without it. */
  catalogMaximum?: number;
}

/** Path of the program, where it is installed. */
export async function findDebianRegistry(): Promise<string | undefined> {
  for (const directory of [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin"]) {
    const program = join(directory, "docker-registry");
    if (
      directory !== "" &&
      (await access(program).then(
        () => true,
        () => false,
      ))
    )
      return program;
  }
  return undefined;
}

/** Starts the real registry on a free port. @throws {Error} with what it said, where it does not start */
export async function startDebianRegistry(options: DebianRegistryOptions = {}): Promise<DebianRegistry> {
  const program = await findDebianRegistry();
  if (program === undefined) throw new Error(debianRegistryIsNeeded);
  const folder = await mkdtemp(join(tmpdir(), "chartkeep-registry-"));
  const port = await freePort();
  await writeFile(join(folder, "config.json"), JSON.stringify(await configOf(options, folder, port)));
  const registry = new DebianRegistry(program, folder, port, options.auth);
  try {
    await registry.restart();
  } catch (cause) {
    await registry[Symbol.asyncDispose]();
    throw cause;
  }
  return registry;
}

/** JSON is YAML too. */
async function configOf(options: DebianRegistryOptions, folder: string, port: number): Promise<object> {
  const htpasswd = join(folder, "htpasswd");
  if (options.auth !== undefined) await writeFile(htpasswd, await htpasswdLine(options.auth));
  return {
    version: 0.1,
    log: { level: "warn" },
    storage: {
      filesystem: { rootdirectory: options.storage ?? join(folder, "storage") },
      delete: { enabled: options.deletes ?? true },
    },
    catalog: { maxentries: options.catalogMaximum ?? 1000 },
    http: { addr: `127.0.0.1:${port}`, secret: "of a test" },
    ...(options.auth === undefined ? {} : { auth: { htpasswd: { realm: "registry", path: htpasswd } } }),
  };
}

/** A running `docker-registry` with storage of its own. */
export class DebianRegistry implements AsyncDisposable {
  /** `127.0.0.1:<port>`, as it stands in a reference. */
  readonly host: string;
  readonly auth: Credentials | undefined;
  /** Everything that it said, requests included. */
  logs = "";
  readonly #program: string;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  constructor(program: string, folder: string, port: number, auth: Credentials | undefined) {
    this.#program = program;
    this.#folder = folder;
    this.host = `127.0.0.1:${port}`;
    this.auth = auth;
  }

  /** Without a trailing slash. */
  get url(): string {
    return `http://${this.host}`;
  }

  /** Asks with the credentials, if there are any. @param path with its leading slash: `/v2/_catalog` */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.auth !== undefined) {
      const { user, password } = this.auth;
      headers.set("authorization", `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`);
    }
    return await fetch(this.url + path, { ...init, headers });
  }

  forgetRequests(): void {
    this.logs = "";
  }

  /** What it answered since `forgetRequests`, by its own log. */
  async requests(): Promise<LoggedRequest[]> {
    // The log comes through a pipe: once it tells of this request, it has told of all before.
    const mark = `/v2/?mark=${randomUUID()}`;
    await this.fetch(mark);
    for (let tries = 0; tries < 200; tries += 1) {
      const logged = requestsIn(this.logs);
      if (logged.some(({ target }) => target === mark))
        return logged.filter(({ target }) => !target.startsWith("/v2/?mark="));
      await delay(25);
    }
    throw new Error(`docker-registry logs no requests; it said:\n${this.logs}`);
  }

  /** On the same port, with the same storage; also brings a stopped one back. */
  async restart(): Promise<void> {
    await this.stop();
    const child = spawn(this.#program, ["serve", join(this.#folder, "config.json")]);
    this.#child = child;
    child.on("error", (error) => (this.logs += `${error.message}\n`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => (this.logs += String(text)));
    }
    await this.#untilAnswering(child);
  }

  /** From now on connections are refused. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #untilAnswering(child: ChildProcess): Promise<void> {
    for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
      const answer = await fetch(`${this.url}/v2/`).catch(() => undefined);
      // Another server may have the port.
      if (answer?.headers.has("docker-distribution-api-version") === true) return;
      await delay(50);
    }
    await this.stop();
    throw new Error(`docker-registry does not answer at ${this.url}; it said:\n${this.logs}`);
  }
}
