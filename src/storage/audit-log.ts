import { auditKey, auditOutcomeKey, auditPrefix } from "./keys.ts";
import { isObject, isText } from "./stored-json.ts";

/** `audit/<inverted time>-<random>`: what the operator was about to do, written before it was done. */
export interface AuditEntry {
  /** RFC 3339. */
  at: string;
  action: string;
  repository: string;
  /** What the action was given, by name. */
  arguments: Record<string, string>;
  /** From where it was asked for. */
  address: string;
}

/** `audit/<…>/outcome`: what came of it. */
export interface AuditOutcome {
  /** RFC 3339. */
  at: string;
  result: "done" | "refused" | "failed";
  message: string;
}

/** `outcome` is null where none was written: it is not known then whether the action was done. */
export type AuditRecord = AuditEntry & { id: string; outcome: AuditOutcome | null };

export type AuditBucket = Pick<R2Bucket, "get" | "list"> & {
  put(key: string, value: string, options: { onlyIf: R2Conditional }): Promise<R2Object | null>;
};

/** What the operator did. Entries are only ever added: a key that is taken is refused by R2. */
export class AuditLog {
  readonly #bucket: AuditBucket;

  constructor(bucket: AuditBucket) {
    this.#bucket = bucket;
  }

  /**
   * @param at milliseconds since 1970
   * @returns the entry's id
   * @throws {Error} where it could not be written; what is not logged is not to be done
   */
  async begin(entry: AuditEntry, at: number): Promise<string> {
    const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
    const key = auditKey(at, random);
    await this.#add(key, entry);
    return key.slice(auditPrefix.length);
  }

  async end(id: string, outcome: AuditOutcome): Promise<void> {
    await this.#add(auditOutcomeKey(auditPrefix + id), outcome);
  }

  /** The newest entries, the newest first. What cannot be read as one is left out. */
  async newest(limit: number): Promise<AuditRecord[]> {
    // An entry stands before its outcome, so this many keys hold at least so many entries, or all.
    const { objects } = await this.#bucket.list({ prefix: auditPrefix, limit: limit * 2 });
    const entries = objects.map(({ key }) => key).filter((key) => !key.endsWith(auditOutcomeKey("")));
    const records = await Promise.all(entries.slice(0, limit).map((key) => this.#record(key)));
    return records.filter((record) => record !== undefined);
  }

  async #record(key: string): Promise<AuditRecord | undefined> {
    const [entry, outcome] = [await this.#json(key), await this.#json(auditOutcomeKey(key))];
    if (!isEntry(entry)) return undefined;
    return { id: key.slice(auditPrefix.length), ...entry, outcome: isOutcome(outcome) ? outcome : null };
  }

  async #json(key: string): Promise<unknown> {
    const text = await (await this.#bucket.get(key))?.text();
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  async #add(key: string, value: AuditEntry | AuditOutcome): Promise<void> {
    const put = await this.#bucket.put(key, JSON.stringify(value), { onlyIf: { etagDoesNotMatch: "*" } });
    if (put === null) throw new Error(`the audit log has ${key} already`);
  }
}

const isEntry = (value: unknown): value is AuditEntry =>
  isObject(value) &&
  ["at", "action", "repository", "address"].every((name) => isText(value[name])) &&
  isObject(value["arguments"]) &&
  Object.values(value["arguments"]).every(isText);

const isOutcome = (value: unknown): value is AuditOutcome =>
  isObject(value) &&
  isText(value["at"]) &&
  ["done", "refused", "failed"].some((result) => result === value["result"]) &&
  isText(value["message"]);
