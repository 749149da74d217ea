import type { NoticeEvent } from "../config/config.ts";

/** What holds of something: that a source fails, say. */
export interface ConditionKey {
  event: NoticeEvent;
  /** URL of a source, a chart version, …; empty where the event can only be one. */
  subject: string;
}

/** Something that one webhook is still to be told. */
export type DueNotice = {
  id: number;
  webhook: string;
  /** JSON of a Notice. */
  body: string;
  attempts: number;
  /** Milliseconds since 1970. */
  recorded: number;
};

/** So many wait for one webhook; the oldest make room for new ones. */
const mostWaiting = 100;

/** What is worth telling, and what of it is still to be told. */
export class Notices {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  conditions(): ConditionKey[] {
    return this.#sql
      .exec<{ event: NoticeEvent; subject: string }>("SELECT event, subject FROM condition")
      .toArray();
  }

  begun({ event, subject }: ConditionKey): void {
    this.#sql.exec("INSERT OR IGNORE INTO condition (event, subject) VALUES (?, ?)", event, subject);
  }

  ended({ event, subject }: ConditionKey): void {
    this.#sql.exec("DELETE FROM condition WHERE event = ? AND subject = ?", event, subject);
  }

  /** To be delivered at once. */
  record(webhook: string, body: string, now: number): void {
    this.#sql.exec(
      "INSERT INTO notice (webhook, body, recorded, due) VALUES (?1, ?2, ?3, ?3)",
      webhook,
      body,
      now,
    );
    this.#sql.exec(
      `DELETE FROM notice WHERE id IN (
         SELECT id FROM notice WHERE webhook = ? ORDER BY id DESC LIMIT -1 OFFSET ${mostWaiting})`,
      webhook,
    );
  }

  /** In the order in which they were recorded. */
  due(now: number, limit: number): DueNotice[] {
    return this.#sql
      .exec<DueNotice>(
        "SELECT id, webhook, body, attempts, recorded FROM notice WHERE due <= ? ORDER BY id LIMIT ?",
        now,
        limit,
      )
      .toArray();
  }

  postponed(id: number, due: number): void {
    this.#sql.exec("UPDATE notice SET attempts = attempts + 1, due = ? WHERE id = ?", due, id);
  }

  /** It was delivered, or is given up. */
  done(id: number): void {
    this.#sql.exec("DELETE FROM notice WHERE id = ?", id);
  }

  nextDue(): number | undefined {
    const { due } = this.#sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM notice").one();
    return due ?? undefined;
  }
}
