import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../src/config/config.ts";
import { ConfigurationError } from "../src/config/configuration-error.ts";
import { loadConfig } from "./load-config.ts";
import { Display, painterFor } from "./display.ts";
import { fromCaller } from "./from-caller.ts";
import { plainText } from "./plain-text.ts";
import { type Runtime, startRuntime } from "./runtime.ts";
import { findSecrets, missingLines } from "./secrets.ts";
import { tellLog } from "./tell-log.ts";

const project = resolve(import.meta.dirname, "..");
const shownEvery = 1000;
const pokedEvery = 60_000;
/** Milliseconds for an orderly end; what is committed is committed, so nothing is lost by a rougher one. */
const patience = 1500;

interface Options {
  config: string;
  port: number;
  host: string;
  state: string;
}

const program = new Command("npm start --")
  .description(
    "Run the mirror on this machine, with KV, R2 and Durable Objects embedded, and keep it in step.",
  )
  .addOption(
    new Option("--config <file>", "what to mirror")
      .argParser(fromCaller("start"))
      .default(join(project, "mirror.yaml"), "mirror.yaml"),
  )
  .option("--port <number>", "port to listen on; 0 for any that is free", portNumber, 8790)
  .option("--host <address>", "address to listen on; 0.0.0.0 for every one of this machine", "127.0.0.1")
  .addOption(
    new Option("--state <directory>", "where the mirror is kept")
      .argParser(fromCaller("start"))
      .default(join(project, ".chartkeep/state"), ".chartkeep/state"),
  )
  .action(run);

async function run({ config: file, port, host, state }: Options): Promise<void> {
  // No platform counts requests and CPU here, so a file that names no plan gets the larger units.
  const config = await loadConfig(file, "paid", console.error);
  const display = new Display(painterFor(process.stdout), Object.keys(config.repositories));
  const onLog = (log: { level: string; message: string }) => {
    const line = tellLog(log);
    if (line !== undefined) display.sayOnce(line);
  };
  const { secrets, missing } = findSecrets(config, process.env, devVars());
  const runtime = await startRuntime({ config, port, host, state, secrets, onLog });
  const stop = stopSignal();
  for (const line of welcome(config, runtime.url, state)) display.say(line);
  for (const line of missingLines(missing)) display.say(line);
  void repeat(stop, pokedEvery, () => poke(runtime, display));
  void repeat(stop, shownEvery, () => show(runtime, config, display, stop));
  if (!stop.aborted) await once(stop, "abort");
  display.close();
  await Promise.race([runtime.dispose(), sleep(patience)]);
  process.exit(0);
}

/** The text of .dev.vars, where wrangler looks for secrets too; most projects have none. */
function devVars(): string {
  const file = join(project, ".dev.vars");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Aborted by the first signal; a second one ends the process on the spot. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(signal); // Miniflare's, which end the process as if something had gone wrong
    // Not `once`: what restores the cursor would find nobody listening, and pass the signal on.
    process.on(signal, () => (stop.signal.aborted ? process.exit(1) : stop.abort()));
  }
  return stop.signal;
}

async function repeat(stop: AbortSignal, every: number, work: () => Promise<void>): Promise<void> {
  while (!stop.aborted) {
    await work();
    await sleep(every, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function poke(runtime: Runtime, display: Display): Promise<void> {
  try {
    await runtime.poke();
  } catch (error) {
    display.sayOnce(plainText(`the mirror could not be woken: ${String(error)}`));
  }
}

async function show(runtime: Runtime, config: Config, display: Display, stop: AbortSignal): Promise<void> {
  for (const name of Object.keys(config.repositories)) {
    try {
      const status = await runtime.status(name);
      if (stop.aborted) return;
      if (status !== null) display.show(name, status);
    } catch (error) {
      if (!stop.aborted) display.sayOnce(plainText(String(error)));
    }
  }
}

function welcome(config: Config, url: URL, state: string): string[] {
  const local = url.hostname === "127.0.0.1" || url.hostname === "0.0.0.0";
  const base = `http://${local ? "localhost" : url.hostname}:${url.port}`;
  const names = Object.keys(config.repositories);
  return [
    `Chartkeep serves ${base}/ and keeps its data in ${near(state)}. Ctrl-C ends it.`,
    "",
    ...names.map((name) => `  helm repo add ${name} ${base}/${name}`),
    "",
  ];
}

function near(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith("..") ? path : below;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^[0-9]+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("It must be a number from 0 to 65535.");
}

/** What the operator can do something about; everything else is a bug and keeps its stack. */
function operatorsError(error: unknown): string | undefined {
  if (error instanceof ConfigurationError) return error.message;
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (error.code === "ERR_ADDRESS_IN_USE") {
    return `port ${program.opts<Options>().port} is in use already; choose another one with --port, or end what uses it`;
  }
  if (error.code === "EACCES" || error.code === "ENOTDIR" || error.code === "EEXIST") {
    return `the state cannot be kept there: ${error.message}; choose another directory with --state`;
  }
  return undefined;
}

try {
  await program.parseAsync();
} catch (error) {
  const message = operatorsError(error);
  if (message === undefined) throw error;
  console.error(message);
  process.exitCode = 1;
}
