import type { Budget, RepositoryConfig } from "../config/config.ts";
import { type Log, messageOf } from "../observability/event.ts";
import { type Keyring, openKeyring } from "../provenance/keyring.ts";
import type { Verification } from "../provenance/verification.ts";
import { verifyProvenance } from "../provenance/verify-provenance.ts";
import { provenanceKey } from "../storage/keys.ts";
import { archiveFileName } from "./archive-path.ts";
import { connections, inParallel } from "./in-parallel.ts";
import type { Ledger } from "./ledger.ts";
import { forgetSummary } from "./report.ts";
import type { SignatureVerdict, SignedRelease } from "./signatures-table.ts";
import { keyringNumber, nextVerification } from "./verification-due.ts";

const retrySeconds = 60;

export interface Verifying {
  repository: string;
  config: RepositoryConfig;
  ledger: Ledger;
  bucket: Pick<R2Bucket, "get">;
  budget: Pick<Budget, "archives">;
  now: () => number;
  log: Log;
}

/**
 * Where provenance is required, verifies what is stored and was not verified against the keyring of now. In a unit
 * as many as archives may be copied in it: each takes a read and about a millisecond of CPU. A store that fails is
 * asked again later: what else there is to publish does not wait for it.
 */
export async function verifyDue(verifying: Verifying): Promise<void> {
  const { repository, config, ledger, now, log } = verifying;
  const due = nextVerification(ledger, config, now());
  if (due === undefined || due > now()) return;
  try {
    await verifySome(verifying);
  } catch (error) {
    ledger.remember("provenance-due", now() + retrySeconds * 1000);
    log({ event: "verify-failed", repository, message: messageOf(error) });
  }
  forgetSummary(ledger);
}

async function verifySome(verifying: Verifying): Promise<void> {
  const { repository, config, ledger, budget, now, log } = verifying;
  const { keyring: armored } = config.policies;
  const number = keyringNumber(armored);
  const keyring = await openKeyring(armored);
  const summary = { verified: 0, refused: 0 };
  await inParallel(ledger.signatures.due(number, budget.archives), connections, async (release) => {
    const verification = await verify(verifying, release, keyring);
    if (verification === undefined) ledger.signatures.lost(release.id, now());
    else {
      ledger.transaction(() => {
        ledger.signatures.judged(release, verdictOf(verification, number), now());
        ledger.judgements.mark(release.chart);
      });
      summary[verification.kind] += 1;
    }
    return "go on";
  });
  log({ event: "provenance-verified", repository, ...summary });
}

/** @returns undefined: it is not in storage */
async function verify(
  { repository, bucket, now }: Verifying,
  release: SignedRelease,
  keyring: Keyring,
): Promise<Verification | undefined> {
  const object = await bucket.get(provenanceKey(repository, release.digest));
  if (object === null) return undefined;
  const bytes = new Uint8Array(await object.arrayBuffer());
  const archive = { file: archiveFileName(release), digest: release.digest };
  return await verifyProvenance(keyring, bytes, archive, now());
}

function verdictOf(verification: Verification, keyring: number): SignatureVerdict {
  if (verification.kind === "verified") {
    return { state: "verified", keyring, fingerprint: verification.fingerprint };
  }
  const { reason, message } = verification;
  return { state: "refused", keyring, reason, message };
}
