import type { NotifyConfig } from "../config/config.ts";
import type { Problem, RepositoryStatus, SourceStatus, WithheldLosses } from "../storage/status.ts";
import type { Mutation } from "./mutations-table.ts";
import { type Notice, versionsNamed } from "./notice.ts";
import type { ConditionKey } from "./notices-table.ts";

/** What is looked at. */
export interface Observed {
  status: RepositoryStatus;
  failures: NotifyConfig["failures"];
  /** What held before: it is not told again. */
  known: readonly ConditionKey[];
  /** The backlog is growing. */
  growing: boolean;
  /** Versions with other bytes of which nobody was told: the first few, and how many there are. */
  mutations: { count: number; first: readonly Mutation[] };
}

/** What a notice says, but for its id, its time and its repository. */
export type Untold = Omit<Notice, "id" | "repository" | "at">;

/** What began to hold and what ended, and what is to be told of both. */
export interface News {
  begun: ConditionKey[];
  ended: ConditionKey[];
  notices: Untold[];
}

type Condition = ConditionKey & { tell: Untold };

/** What holds and was told is not told again; what ended may be. */
export function newsOf(observed: Observed): News {
  const { status, known, growing, mutations } = observed;
  const isKnown = memberOf(known);
  const damaged = status.problems.filter(({ code }) => code === "integrity");
  const holding: Condition[] = [
    ...failingSources(observed, isKnown),
    ...(status.withheld ? [withheldChange(status.withheld)] : []),
    ...(growing ? [growingBacklog(status)] : []),
  ];
  const holds = memberOf([...holding, ...damaged.map(damageOf)]);
  const begun = holding.filter((one) => !isKnown(one));
  const found = damaged.filter((one) => !isKnown(damageOf(one)));
  const ended = known.filter((one) => !holds(one) && !isOutOfSight(one, status));
  return {
    begun: [...begun.map(({ event, subject }) => ({ event, subject })), ...found.map(damageOf)],
    ended,
    notices: [
      ...begun.map(({ tell }) => tell),
      ...ended.flatMap((one) => recovery(one, status)),
      ...(found.length > 0 ? [damage(found)] : []),
      ...(mutations.count > 0 ? [mutation(mutations)] : []),
    ],
  };
}

function memberOf(keys: readonly ConditionKey[]): (key: ConditionKey) => boolean {
  const texts = new Set(keys.map(({ event, subject }) => `${event} ${subject}`));
  return ({ event, subject }) => texts.has(`${event} ${subject}`);
}

/** One that was told goes on failing until it answers, whatever the configuration says by then. */
function failingSources(
  { status, failures }: Observed,
  isKnown: (key: ConditionKey) => boolean,
): Condition[] {
  return status.sources.flatMap((source) => {
    const key: ConditionKey = { event: "source-failing", subject: source.url };
    const isTold = source.consecutiveFailures >= failures || isKnown(key);
    return source.state === "failing" && isTold ? [{ ...key, tell: failure(source) }] : [];
  });
}

function failure({ url, consecutiveFailures, error, outage }: SourceStatus): Untold {
  const times = consecutiveFailures === 1 ? "check" : `${consecutiveFailures} checks in a row`;
  const why = error === null ? "" : `: ${error.message}`;
  return {
    ...plain("source-failing", `${url} failed ${times}${why}. What is mirrored stays served.`),
    since: outage?.since ?? null,
    source: url,
    code: error?.code ?? null,
  };
}

/** Nothing is told of a source that is configured no more. */
function recovery({ event, subject }: ConditionKey, { sources }: RepositoryStatus): Untold[] {
  const source = sources.find(({ url }) => url === subject);
  if (event !== "source-failing" || source?.state !== "ok") return [];
  const { since, code } = source.outage ?? { since: null, code: null };
  const message = `${subject} answers again${since === null ? "" : `; it had failed since ${since}`}.`;
  return [{ ...plain("source-recovered", message), since, source: subject, code }];
}

/** What is withheld may change from check to check, and is one state all the same. */
function withheldChange({ count, since, reason }: WithheldLosses): Condition {
  const message = `${versions(count)} vanished upstream and stay listed until the loss is confirmed (${reason}).`;
  const tell = { ...plain("change-withheld", message), since, code: reason, count };
  return { event: "change-withheld", subject: reason, tell };
}

function growingBacklog({ versions: { pending } }: RepositoryStatus): Condition {
  const message = `${versions(pending)} wait to be copied, more than two hours ago, and none was worked off in the last one.`;
  return {
    event: "backlog-growing",
    subject: "",
    tell: { ...plain("backlog-growing", message), count: pending },
  };
}

const damageOf = ({ chart, version }: Problem): ConditionKey => ({
  event: "integrity-failure",
  subject: `${chart} ${version}`,
});

/** The status names so many problems only, damage first: what is not among them may go on. */
const isOutOfSight = ({ event }: ConditionKey, { problems, problemCount }: RepositoryStatus): boolean =>
  event === "integrity-failure" && problems.length < problemCount;

function damage(found: readonly Problem[]): Untold {
  const message = `${versions(found.length)} in storage do not have the digest that is listed.`;
  const named = found.slice(0, versionsNamed).map(({ chart, version }) => ({ chart, version }));
  return { ...plain("integrity-failure", message), count: found.length, versions: named };
}

function mutation({ count, first }: Observed["mutations"]): Untold {
  const [one] = first;
  const what = count === 1 && one !== undefined ? `${one.chart} ${one.version}` : versions(count);
  const message = `Other bytes of ${what} were found than those that are listed. Both are stored.`;
  const named = first.map(({ chart, version, digest, listed }) => ({
    chart,
    version,
    listed,
    other: digest,
  }));
  return { ...plain("version-mutated", message), count, versions: named };
}

const plain = (event: Untold["event"], message: string): Untold => ({
  event,
  since: null,
  source: null,
  code: null,
  message,
  count: 0,
  versions: [],
});

const versions = (count: number): string => (count === 1 ? "1 version" : `${count} versions`);
