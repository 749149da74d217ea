import type { RepositoryConfig, WebhookConfig } from "../config/config.ts";
import type { RepositoryStatus } from "../storage/status.ts";
import { type Backlog, observeBacklog } from "./backlog.ts";
import { newsOf } from "./conditions.ts";
import type { Ledger } from "./ledger.ts";
import { type Notice, versionsNamed } from "./notice.ts";
import { forgetSummary, untoldMutations } from "./report.ts";

export interface Recording {
  repository: string;
  config: RepositoryConfig;
  ledger: Ledger;
  /** What the unit came to. */
  status: RepositoryStatus;
  /** More is coming at once: versions with other bytes are told together, when it is over. */
  isFilling: () => boolean;
  /** Milliseconds since 1970. */
  now: number;
  newId: () => string;
}

/**
 * Finds out what is worth telling, and puts it down for every webhook that wants to know. What holds is
 * remembered in the same transaction, so that nothing is told twice and nothing is forgotten, whenever the
 * unit ends. It is remembered without webhooks, too: one that is added later hears of what begins then.
 */
export function recordNotices(recording: Recording): void {
  const { repository, config, ledger, status, now, newId } = recording;
  const known = untoldMutations(ledger, config);
  const untold = known > 0 && recording.isFilling() ? 0 : known;
  ledger.transaction(() => {
    const growing = observe(ledger, status.versions.pending, now);
    const { begun, ended, notices } = newsOf({
      status,
      failures: config.notify.failures,
      known: ledger.notices.conditions(),
      growing,
      mutations: { count: untold, first: untold === 0 ? [] : ledger.mutations.untold(versionsNamed) },
    });
    if (untold > 0) {
      ledger.mutations.told();
      forgetSummary(ledger);
    }
    for (const condition of begun) ledger.notices.begun(condition);
    for (const condition of ended) ledger.notices.ended(condition);
    for (const news of notices) {
      const notice: Notice = { id: newId(), repository, at: new Date(now).toISOString(), ...news };
      for (const name of wanting(notice, config.notify.webhooks)) {
        ledger.notices.record(name, JSON.stringify(notice), now);
      }
    }
  });
}

function observe(ledger: Ledger, pending: number, now: number): boolean {
  const known = ledger.fact("backlog");
  const before: Backlog | undefined = known === undefined ? undefined : JSON.parse(known);
  const after = observeBacklog(before, pending, now);
  if (after !== before) ledger.remember("backlog", JSON.stringify(after));
  return after.growing;
}

/** By address: two webhooks with the same one are told once. */
function wanting({ event }: Notice, webhooks: readonly WebhookConfig[]): Set<string> {
  return new Set(webhooks.filter(({ events }) => events.includes(event)).map(nameOf));
}

/** How the ledger and the log call a webhook. An address that is a secret is not told. */
export const nameOf = ({ to }: WebhookConfig): string => ("url" in to ? to.url : `secret:${to.secret}`);
