import type { Config } from "../config/config.ts";
import type { OperatorResult } from "../keeper/operate.ts";
import type { OperatorEvent } from "../observability/event.ts";
import type { AuditLog } from "../storage/audit-log.ts";
import type { RepositoryStatus } from "../storage/status.ts";
import type { Operation } from "./operations.ts";

/** How a repository stands at this moment, and whether its Keeper is at work. */
export interface Standing {
  working: boolean;
  /** null where it is not configured. */
  status: RepositoryStatus | null;
}

export interface OperatorParts {
  token: string;
  config: Config;
  /** Counts requests of an address. */
  limiter: { limit(options: { key: string }): Promise<{ success: boolean }> };
  audit: AuditLog;
  act: (repository: string, operation: Operation) => Promise<OperatorResult>;
  standing: (repository: string) => Promise<Standing>;
  now: () => number;
  log: (event: OperatorEvent) => void;
}
