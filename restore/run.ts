import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { fromCaller } from "../local/from-caller.ts";
import { plainText } from "../local/plain-text.ts";
import { readSourceUrl } from "../src/config/source-url.ts";
import { isSystemError } from "./branch-folder.ts";
import { CannotRestore } from "./cannot-restore.ts";
import { Display } from "./display.ts";
import { readMirrorAddress } from "./mirror-address.ts";
import { type Urls, restore } from "./restore.ts";
import { isComplete, summaryLines } from "./summary.ts";

/** What shells say of a program that Ctrl-C has ended. */
const interrupted = 130;

interface Options {
  urls?: Urls;
  source: string[];
  force: boolean;
}

const program = new Command("npm run restore --")
  .description(
    "Write a complete gh-pages branch out of what a mirror has: index, archives, provenance, small files. Every archive is verified against the digest that the index lists. What is there already is not fetched again, so an interrupted run is gone on with by running it again.",
  )
  .addArgument(
    new Argument("<url>", "the repository on the mirror, <mirror>/<repository>, as Helm's users add it"),
  )
  .addArgument(
    new Argument("<directory>", "where to write it; made if missing. A git worktree is fine").argParser(
      fromCaller("restore"),
    ),
  )
  .addOption(
    new Option(
      "--urls <which>",
      "original: the upstream's own index.yaml, byte for byte, and the archives that it locates in the branch. local: a new index.yaml of everything that the mirror lists, all archives beside it (default: original where the mirror has that index, otherwise local)",
    ).choices(["original", "local"]),
  )
  .addOption(
    new Option(
      "--source <url>",
      "where the branch was served, such as https://owner.github.io/charts; may be repeated",
    )
      .argParser(sourceUrl)
      .default([], "the mirror's first source"),
  )
  .option("--force", "replace files that have other bytes; otherwise they are left and told", false)
  .addHelpText(
    "after",
    `
Ends with 0 if everything is there, 1 if nothing could be begun (a wrong argument, no such mirror or
repository), 2 if something is missing, does not match or was in the way, which is told, 130 after Ctrl-C.

Example:
  npm run restore -- https://charts.example.com/podinfo ../gh-pages`,
  )
  .action(run);

async function run(url: string, directory: string, { urls, source: sources, force }: Options): Promise<void> {
  const display = new Display(process.stdout);
  const stop = stopSignal();
  try {
    const address = readMirrorAddress(url);
    const options = { address, directory, sources, force, ...(urls === undefined ? {} : { urls }) };
    const restored = await restore(options, { fetch, stop, show: display });
    display.end();
    for (const line of summaryLines(restored, placeOf(directory))) display.say(line);
    process.exitCode = isComplete(restored) ? 0 : 2;
  } catch (error) {
    display.end();
    if (!stop.aborted) throw error;
    display.say("Interrupted. What is in place is whole; run the same command again to go on.");
    process.exitCode = interrupted;
  }
}

function placeOf(directory: string) {
  const near = relative(process.env["INIT_CWD"] ?? process.cwd(), directory);
  const isNear = near !== "" && !near.startsWith("..");
  const has = (file: string) => existsSync(join(directory, file));
  return { directory: isNear ? near : directory, isGit: has(".git"), hasCname: has("CNAME") };
}

/** Aborted by the first signal; a later one ends the process on the spot. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  let since = Number.POSITIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // npm passes on the Ctrl-C that the terminal has sent to this process already.
      if (Date.now() - since > 500) process.exit(interrupted);
      since = Math.min(since, Date.now());
      stop.abort();
    });
  }
  return stop.signal;
}

function sourceUrl(text: string, before: string[]): string[] {
  const read = readSourceUrl(text);
  if ("problem" in read) throw new InvalidArgumentError(read.problem);
  if (!/^https?:/.test(read.value))
    throw new InvalidArgumentError("It must be an https:// or http:// address.");
  return [...before, read.value];
}

try {
  await program.parseAsync();
} catch (error) {
  // What the operating system says is somebody else's fault; everything else is a bug and keeps its stack.
  if (!(error instanceof CannotRestore || isSystemError(error))) throw error;
  console.error(plainText(error.message));
  process.exitCode = 1;
}
