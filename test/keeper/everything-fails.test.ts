import { expect, test } from "vitest";
import { defaultPolicies } from "../../src/config/policies.ts";
import { tellWithdrawals } from "../../src/keeper/apply-withdrawals.ts";
import { nextDue } from "../../src/keeper/unit.ts";
import { beginVerification } from "../../src/keeper/verification.ts";
import { archiveKey, historyKey, provenanceKey, statusKey, withdrawalsKey } from "../../src/storage/keys.ts";
import { brokenStore } from "../support/broken-store.ts";
import { publishUpstream, repositoryConfig, withKeeper } from "../support/keeper-harness.ts";
import { messageFor, signingKey, signText } from "../support/signing.ts";

const address = "https://hooks.example.com/chartkeep";
const hour = 3_600_000;

test("what fails for good is tried again ever so often, never at once, and the rest goes on", async () => {
  const publisher = await signingKey({ date: new Date(Date.UTC(2025, 0, 1)) });
  await withKeeper(
    async (harness) => {
      const { ledger, parts, repository, upstream } = harness;
      const { bucket } = parts;
      const digests = await publishUpstream(harness, 3);
      for (const [at, digest] of digests.entries()) {
        const file = `alpha-${at + 1}.0.0.tgz`;
        upstream.put(
          `${file}.prov`,
          await signText(messageFor(file, digest), publisher, new Date(Date.UTC(2025, 6, 1))),
        );
      }
      const broken = new Set<unknown>([statusKey(repository), historyKey(repository), withdrawalsKey]);
      const unread = new Set<unknown>([
        provenanceKey(repository, digests[0] ?? ""),
        archiveKey(digests[1] ?? ""),
      ]);
      const fails = async (): Promise<never> => await Promise.reject(new Error("it is down"));
      parts.bucket = brokenStore(bucket, async ({ method, key, proceed }) =>
        broken.has(key) || (method === "get" && unread.has(key)) ? await fails() : await proceed(),
      );
      parts.kv = { put: fails, delete: fails };
      parts.purge = fails;
      parts.announce = fails;
      parts.tellLost = fails;
      upstream.files.set(address, () => new Response("", { status: 500 }));
      await harness.settle();
      expect((await harness.index()).entries["alpha"]).toHaveLength(2);
      upstream.files.delete("index.yaml");
      tellWithdrawals(ledger, 7, parts.now());
      beginVerification(ledger, parts.now());
      const end = parts.now() + hour;
      let [units, inARow, most] = [0, 0, 0];
      while (parts.now() < end) {
        const wait = nextDue(ledger, parts.config, parts.now()) - parts.now();
        inARow = wait <= 0 ? inARow + 1 : 0;
        most = Math.max(most, inARow);
        if (most > 20) break;
        harness.wait(Math.max(0, wait) / 1000);
        await harness.unit();
        units += 1;
      }
      expect(most).toBeLessThan(3);
      expect(units).toBeLessThan(600);
      expect(new Set(harness.events.map(({ event }) => event))).toContain("verify-failed");
    },
    {
      config: {
        policies: {
          ...defaultPolicies,
          requireProvenance: true,
          keyring: [publisher.armored],
          removal: "hide",
        },
        notify: {
          failures: 1,
          webhooks: [{ to: { url: address }, format: "json", events: ["source-failing"] }],
        },
        sources: repositoryConfig.sources,
      },
    },
  );
});
