import { Argument, Command, CommanderError, InvalidArgumentError } from "commander";
import { plainText } from "../local/plain-text.ts";
import type { Standing, Status } from "./answers.ts";
import { defaultMirror, readMirrorAddress } from "./mirror-address.ts";
import { MirrorClient, MirrorRefusal } from "./mirror-client.ts";
import { outcomeOf } from "./outcome.ts";
import { Progress } from "./progress.ts";
import { auditLines, progressLine, statusLines } from "./tell.ts";
import { UsageError } from "./usage-error.ts";
import { untilIdle } from "./wait.ts";

interface Common {
  mirror?: string;
  json: boolean;
}

const program = new Command("npm run mirror --")
  .description(
    "What the operator of a mirror may do. The token is read from CHARTKEEP_TOKEN, the mirror's address from --mirror or CHARTKEEP_URL.",
  )
  .exitOverride()
  .addHelpText(
    "after",
    `
Ends with 0 when it is done, 1 when the mirror refused or something failed (verify: something is damaged and not
repaired; sync: a source fails), 2 when the command is wrong.

Example:
  CHARTKEEP_TOKEN=… npm run mirror -- sync podinfo --mirror https://charts.example.com`,
  );

command("status", "how a repository stands at this moment; without one, all of them by /status.json")
  .argument("[repository]")
  .action((repository: string | undefined, options: Common) =>
    repository === undefined ? tellAll(options) : tellOne(repository, options),
  );
command("audit", "what the operator did, the newest first")
  .option("--limit <number>", "so many entries", entryCount, 20)
  .action(async ({ limit, ...options }: Common & { limit: number }) => {
    const log = await clientFor(options).audit(limit);
    say(options, log, auditLines(log.entries));
  });
action("sync", "ask every source now", []);
action("agree", "follow a loss of versions that is withheld", []);
action("release-early", "list a version that waits for its age", ["chart", "version"]);
action("withdraw", "take a version out of everything, with a reason", ["chart", "version"]).requiredOption(
  "--reason <text>",
  "why; people who ask for it are told",
);
action("reinstate", "give a withdrawn version back", ["chart", "version"]);
action("rollback", "serve an older revision of history.json, and stay there", ["revision"]);
action("let-go", "go on with what the sources have, after a rollback", []);
action("verify", "read everything that is stored, compare, and repair what a source still has", []);

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("--mirror <url>", `the mirror (default: CHARTKEEP_URL, or ${defaultMirror})`)
    .option("--json", "print the answer as JSON", false);
}

/** A command that does something: its arguments are those of the route, in this order. */
function action(name: string, description: string, takes: readonly string[]): Command {
  const acting = command(name, description)
    .argument("<repository>")
    .option("--no-wait", "do not wait until it is done");
  for (const argument of takes) acting.addArgument(new Argument(`<${argument}>`));
  return acting.action(async () => {
    const [repository = "", ...values] = acting.args;
    const { mirror, json, wait, reason } = acting.opts<Common & { wait: boolean; reason?: string }>();
    const given = Object.fromEntries(takes.map((argument, index) => [argument, values[index] ?? ""]));
    if (reason !== undefined) given["reason"] = reason;
    const options = { json, ...(mirror === undefined ? {} : { mirror }) };
    await perform({ repository, name, given, wait }, options);
  });
}

interface Wanted {
  repository: string;
  name: string;
  given: Record<string, string>;
  wait: boolean;
}

async function perform({ repository, name, given, wait }: Wanted, options: Common): Promise<void> {
  const client = clientFor(options);
  const done = await client.act(repository, name, given);
  if (!wait) return say(options, done, [done.message]);
  if (!options.json) say(options, done, [done.message]);
  const { status } = await waiting(client, repository);
  if (status === null) throw new MirrorRefusal("no-status", `${repository} has no status`);
  const { lines, isDone } = outcomeOf(name, given, repository, status);
  say(options, { ...done, status }, lines);
  if (!isDone) process.exitCode = 1;
}

async function waiting(client: MirrorClient, repository: string): Promise<Standing> {
  const progress = new Progress(process.stderr);
  try {
    return await untilIdle(client, repository, ({ status }) => {
      if (status !== null) progress.show(progressLine(repository, status));
    });
  } finally {
    progress.end();
  }
}

async function tellOne(repository: string, options: Common): Promise<void> {
  const standing = await clientFor(options).standing(repository);
  const { status, working } = standing;
  const lines = status === null ? [`${repository}: not known yet`] : statusLines(repository, status);
  say(options, standing, [...lines, working ? "  at work" : "  nothing to do at this moment"]);
}

async function tellAll(options: Common): Promise<void> {
  const all = await new MirrorClient(addressOf(options), undefined, fetch).allStatus();
  const repositories: [string, Status][] = Object.entries(all.repositories);
  say(
    options,
    all,
    repositories.flatMap(([name, status]) => statusLines(name, status)),
  );
}

function clientFor(options: Common): MirrorClient {
  const { CHARTKEEP_TOKEN: token = "" } = process.env;
  if (!/^[!-~]+$/.test(token)) {
    const problem = token === "" ? "is not set" : "has characters that no token has";
    throw new UsageError(`CHARTKEEP_TOKEN ${problem}; it must be the mirror's OPERATOR_TOKEN`);
  }
  return new MirrorClient(addressOf(options), token, fetch);
}

/** An empty CHARTKEEP_URL counts as none. */
const addressOf = ({ mirror }: Common): URL =>
  readMirrorAddress(mirror ?? (process.env["CHARTKEEP_URL"] || defaultMirror));

function say({ json }: Common, answer: unknown, lines: readonly string[]): void {
  if (json) console.log(JSON.stringify(answer));
  else for (const line of lines) console.log((/^ */.exec(line)?.[0] ?? "") + plainText(line));
}

function entryCount(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new InvalidArgumentError("It must be a number from 1 to 100.");
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof UsageError) {
    console.error(plainText(error.message));
    process.exitCode = 2;
  } else if (error instanceof MirrorRefusal) {
    if (process.argv.includes("--json")) {
      console.log(JSON.stringify({ error: { code: error.code, message: error.message } }));
    } else console.error(plainText(error.message));
    process.exitCode = 1;
  } else throw error;
}
