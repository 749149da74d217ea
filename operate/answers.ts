import { z } from "zod";

/** What matters here of a mirror's answers; another version may say more, which `--json` shows. */
export const repositoryStatus = z.looseObject({
  revision: z.string().nullable(),
  charts: z.number(),
  versions: z.looseObject({
    listed: z.number(),
    stored: z.number(),
    pending: z.number(),
    failed: z.number(),
    dropped: z.number(),
  }),
  archiveBytes: z.number(),
  sources: z.array(
    z.looseObject({
      url: z.string(),
      state: z.enum(["ok", "failing", "unknown"]),
      checkedAt: z.string().nullable(),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
  problems: z.array(
    z.looseObject({ chart: z.string(), version: z.string(), code: z.string(), message: z.string() }),
  ),
  withheld: z.looseObject({ count: z.number(), reason: z.string(), followsAt: z.string() }).nullable(),
  waiting: z.looseObject({
    count: z.number(),
    versions: z.array(z.looseObject({ chart: z.string(), version: z.string(), listableAt: z.string() })),
  }),
  pinned: z.object({ revision: z.string(), since: z.string() }).nullable(),
  verify: z
    .object({
      startedAt: z.string(),
      endedAt: z.string().nullable(),
      checked: z.number(),
      total: z.number(),
      damaged: z.number(),
      repaired: z.number(),
      unread: z.number(),
    })
    .nullable(),
  integrityFailures: z.number(),
});

export const standing = z.object({
  repository: z.string(),
  working: z.boolean(),
  status: repositoryStatus.nullable(),
});

export const done = z.object({
  repository: z.string(),
  action: z.string(),
  message: z.string(),
  audit: z.string(),
});

export const auditLog = z.object({
  entries: z.array(
    z.looseObject({
      at: z.string(),
      action: z.string(),
      repository: z.string(),
      arguments: z.record(z.string(), z.string()),
      address: z.string(),
      outcome: z.looseObject({ result: z.string(), message: z.string() }).nullable(),
    }),
  ),
});

export const allStatus = z.object({ repositories: z.record(z.string(), repositoryStatus) });

export const refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export type Status = z.infer<typeof repositoryStatus>;
export type Standing = z.infer<typeof standing>;
export type Done = z.infer<typeof done>;
export type AuditEntry = z.infer<typeof auditLog>["entries"][number];
