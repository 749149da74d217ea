import type { RevisionStore } from "../storage/revision-store.ts";
import type { Ledger } from "./ledger.ts";
import { headOfKept, letGo, pin } from "./pin.ts";
import { releaseEarly } from "./release-early.ts";
import { agreeToLosses } from "./settle-losses.ts";
import { beginVerification } from "./verification.ts";

/** What the operator may ask of the Keeper of one repository. */
export type OperatorAction =
  | { kind: "sync" }
  | { kind: "agree" }
  | { kind: "release-early"; chart: string; version: string }
  | { kind: "rollback"; revision: string }
  | { kind: "let-go" }
  | { kind: "verify" };

/** `message` is for people, in sentences. What is done shows in the status once the Keeper has come to it. */
export type OperatorResult =
  { kind: "done"; message: string } | { kind: "refused"; code: string; message: string };

export interface Operating {
  ledger: Ledger;
  store: RevisionStore;
  now: () => number;
}

/** Writes down what the operator wants; the next unit does it. */
export async function operate(operating: Operating, action: OperatorAction): Promise<OperatorResult> {
  if (action.kind === "rollback") return await rollBack(operating, action.revision);
  if (action.kind === "sync") return sync(operating);
  if (action.kind === "let-go") return letGoOf(operating);
  if (action.kind === "verify") return verify(operating);
  if (action.kind === "agree") return agree(operating);
  return releaseOneEarly(operating, action);
}

function sync({ ledger }: Operating): OperatorResult {
  ledger.remember("sync-asked", 1);
  return done("Every source is asked now.");
}

function letGoOf({ ledger }: Operating): OperatorResult {
  if (!letGo(ledger)) return refused("not-pinned", "The repository is not held at any revision.");
  return done("The repository goes on with what its sources have.");
}

function verify({ ledger, now }: Operating): OperatorResult {
  if (!beginVerification(ledger, now())) return done("A verification goes on already.");
  return done("Everything that is stored is read and compared with its digest.");
}

function agree({ ledger, now }: Operating): OperatorResult {
  const versions = agreeToLosses(ledger, now());
  if (versions === 0) return refused("nothing-withheld", "No loss of versions is withheld.");
  return done(
    `${versions === 1 ? "1 version" : `${versions} versions`} that the sources show no more will be hidden.`,
  );
}

function releaseOneEarly(
  { ledger }: Operating,
  { chart, version }: { chart: string; version: string },
): OperatorResult {
  const outcome = releaseEarly(ledger, chart, version);
  if (outcome === "released") return done(`${chart} ${version} waits no longer.`);
  if (outcome === "not waiting")
    return refused("not-waiting", `${chart} ${version} does not wait for its age.`);
  return refused("unknown-version", `No source has had ${chart} ${version} so far.`);
}

async function rollBack({ ledger, store, now }: Operating, revision: string): Promise<OperatorResult> {
  const head = await headOfKept(ledger, store, revision, now());
  if (head === "unknown") {
    const kept = ledger.revisions.history().map((past) => past.head.revision);
    const newest = kept.length === 0 ? "It has none yet" : `Its newest ones: ${kept.slice(0, 5).join(", ")}`;
    return refused("unknown-revision", `The history has no revision ${revision}. ${newest}.`);
  }
  if (head === "incomplete") {
    return refused("unknown-revision", `Documents of the revision ${revision} are not in storage any more.`);
  }
  pin(ledger, head);
  const lists = head.versions === 1 ? "1 chart version" : `${head.versions} chart versions`;
  return done(`The repository is held at the revision ${revision}, which lists ${lists}.`);
}

const done = (message: string): OperatorResult => ({ kind: "done", message });

const refused = (code: string, message: string): OperatorResult => ({ kind: "refused", code, message });
