import { once } from "node:events";
import { relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { plainText } from "../local/plain-text.ts";
import { type Helm, availableHelms, helmIsNeeded } from "../test/support/helm.ts";
import { Stage } from "./stage.ts";
import { steps } from "./steps.ts";
import { type World, startWorld } from "./world.ts";

const project = resolve(import.meta.dirname, "..");
/** Milliseconds that what has begun gets, once everything shall end. */
const patience = 3000;
/** What shells say of a program that Ctrl-C has ended. */
const interrupted = 130;

/** To be told in one line. */
class CannotPlay extends Error {}

const program = new Command("npm run demo --")
  .description(
    "Play the incident of May 2025, when the gh-pages branch of prometheus-community/helm-charts was deleted, with the real helm: without the mirror, and through it. Nothing leaves this machine.",
  )
  .option("--exit", "end after the last step; otherwise the mirror stays up until Ctrl-C")
  .action(run);

async function run({ exit = false }: { exit?: boolean }): Promise<void> {
  const began = Date.now();
  const [helm] = await availableHelms();
  if (helm === undefined) throw new CannotPlay(`The demo ${helmIsNeeded}`);
  const world = await startWorld(helm).catch((cause: unknown) => {
    throw new CannotPlay(`The demo could not start: ${messageOf(cause)}`, { cause });
  });
  const ended = endSignal();
  const stage = new Stage(process.stdout, ended);
  try {
    await introduce(world, stage, helm);
    // A step may wait for the mirror for longer than somebody who wants an end.
    await Promise.race([play(world, stage, ended), aWhileAfter(ended)]);
    if (ended.aborted) {
      if (exit) process.exitCode = interrupted;
      return;
    }
    const seconds = Math.round((Date.now() - began) / 1000);
    stage.line();
    await stage.result(`Everything turned out as told, in ${seconds} s.`, "good");
    if (exit) return;
    await handOver(world, stage, helm);
    if (!ended.aborted) await once(ended, "abort");
  } finally {
    await Promise.race([world[Symbol.asyncDispose](), delay(patience)]);
  }
}

async function play(world: World, stage: Stage, ended: AbortSignal): Promise<void> {
  for (const [index, { title, acts }] of steps.entries()) {
    await stage.chapter(index + 1, title);
    for (const act of acts) {
      if (ended.aborted) return;
      try {
        await act(world, stage);
      } catch (cause) {
        if (ended.aborted) return; // Ctrl-C reaches the helm that is running, too
        throw new CannotPlay(`Step ${index + 1} did not turn out as told: ${messageOf(cause)}`, {
          cause,
        });
      }
    }
  }
}

async function introduce({ addresses }: World, stage: Stage, helm: Helm): Promise<void> {
  stage.heading("Chartkeep plays May 2025");
  await stage.say(
    `The gh-pages branch of prometheus-community/helm-charts was deleted by accident. Here it happens again, to small charts on this machine, which nothing leaves. ${helm.name} is the real one, and so is the mirror; it looks at its sources every second.`,
  );
  const { pages, registry, mirror } = addresses;
  stage.line();
  stage.output(`Pages     ${pages}\nregistry  ${registry}\nmirror    ${mirror}`);
}

/** What a person can go on with. */
async function handOver({ addresses: { mirror, home } }: World, stage: Stage, helm: Helm): Promise<void> {
  stage.line();
  await stage.say("The mirror stays up until Ctrl-C. Try it in another terminal:");
  stage.line();
  await stage.command(`helm repo add chartkeep-demo ${mirror}`);
  await stage.command("helm search repo chartkeep-demo --versions");
  await stage.command(`curl -s ${home}status.json`);
  stage.line();
  await stage.say(`In a browser: ${home}`);
  const near = relative(project, helm.path);
  if (!near.startsWith("..")) await stage.say(`The helm that npm has brought: ${near}`);
}

/** Aborted by the first signal; a later one ends the process on the spot. */
function endSignal(): AbortSignal {
  const end = new AbortController();
  let since = Number.POSITIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(signal); // Miniflare's, which leave everybody else no time
    process.on(signal, () => {
      // npm passes on the Ctrl-C that the terminal has sent to this process already.
      if (Date.now() - since > 500) process.exit(interrupted);
      since = Math.min(since, Date.now());
      end.abort();
    });
  }
  // Whoever reads this has gone: `npm run demo | head`.
  process.stdout.on("error", () => end.abort());
  return end.signal;
}

async function aWhileAfter(ended: AbortSignal): Promise<void> {
  if (!ended.aborted) await once(ended, "abort");
  await delay(patience);
}

const messageOf = (cause: unknown): string =>
  plainText(cause instanceof Error ? cause.message : String(cause));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CannotPlay)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
process.exit();
