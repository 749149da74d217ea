import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { statfsSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Crash at every storage operation, before and after it takes effect: CI has the time for all of that. */
const thorough = process.env["CHARTKEEP_THOROUGH"] !== undefined;

/** Where random cases begin: at the same place each time, unless the environment says another. */
const seed = process.env["CHARTKEEP_SEED"] ?? "1";

/** The embedded storage waits for the disk at every write: a file system in memory is three times as fast. */
const memory = "/dev/shm";
if (process.env["TMPDIR"] === undefined && freeBytes(memory) > 2 ** 30) process.env["TMPDIR"] = memory;

/** Start the whole Worker; test/faults/storage-faults.test.ts breaks its storage from inside. */
const wholeWorker = "test/faults/{archive,index,registry}-faults.test.ts";

/** Folder of real repositories that the corpus suite reads; the suite skips itself where it is not given. */
const corpus = process.env["CHARTKEEP_CORPUS"] ?? "";

export default defineConfig({
  test: {
    // Many tests wait for a mirror's next check: three files at a time are done sooner, on two cores too.
    maxWorkers: 3,
    provide: { thorough, seed: Number(seed) },
    projects: [
      {
        // Inside workerd, with real KV, R2 and Durable Objects, storage isolated per file.
        plugins: [
          cloudflareTest({
            main: "./test/support/worker.ts",
            miniflare: {
              compatibilityDate: "2026-10-20",
              compatibilityFlags: ["nodejs_compat"],
              kvNamespaces: ["KV"],
              r2Buckets: ["BUCKET"],
              ratelimits: { OPERATOR_LIMIT: { namespace_id: "1001", simple: { limit: 5, period: 60 } } },
              durableObjects: { LEDGERS: { className: "Ledgers", useSQLite: true } },
            },
          }),
        ],
        test: {
          name: "workerd",
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", "test/node/**", "test/browser/**", wholeWorker],
          testTimeout: 30_000,
        },
      },
      {
        // In Node: what starts the whole Worker, drives the real helm, or reads files of this project.
        test: {
          name: "node",
          include: ["test/{browser,integration,node}/**/*.test.ts", wholeWorker],
          environment: "node",
          isolate: false, // their processes are used again: nothing of theirs outlives a file
          testTimeout: 60_000,
          hookTimeout: 60_000,
          env: { CHARTKEEP_CORPUS: corpus },
        },
      },
    ],
  },
});

/** 0 where there is no such folder. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
