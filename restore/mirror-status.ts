import { z } from "zod";
import { CannotRestore } from "./cannot-restore.ts";
import type { MirrorAddress } from "./mirror-address.ts";
import type { MirrorFiles } from "./mirror-files.ts";
import { MirrorFailure } from "./retry.ts";

/** What matters here of a mirror's `/status.json` (src/storage/status.ts); another version may say more. */
const repositoryStatus = z.object({
  publishedAt: z.string().nullable(),
  files: z.array(z.string()),
  sources: z.array(z.object({ url: z.string(), kind: z.string() })),
});
const statusDocument = z.object({ repositories: z.record(z.string(), z.unknown()) });

export type MirroredStatus = z.infer<typeof repositoryStatus>;

const bounds = { maxBytes: 64 * 1024 * 1024, seconds: 120 };

/** How the mirror sees a repository. @throws {CannotRestore} where there is no such mirror or repository */
export async function readMirrorStatus(
  files: MirrorFiles,
  { mirror, repository }: MirrorAddress,
): Promise<MirroredStatus> {
  const document = statusDocument.safeParse(await statusJson(files, mirror));
  if (!document.success) throw noMirror(mirror, "its /status.json is another one");
  const { repositories } = document.data;
  const names = Object.keys(repositories);
  if (!Object.hasOwn(repositories, repository)) {
    const has = names.length === 0 ? "no repository at all" : names.toSorted().join(", ");
    throw new CannotRestore(`the mirror at ${mirror} has no repository ${repository}; it has ${has}`);
  }
  const status = repositoryStatus.safeParse(repositories[repository]);
  if (!status.success) throw noMirror(mirror, `its /status.json says of ${repository} what cannot be read`);
  return status.data;
}

async function statusJson(files: MirrorFiles, mirror: string): Promise<unknown> {
  try {
    const answer = await files.bytes("/status.json", bounds);
    if (!answer.found) throw noMirror(mirror, "it has no /status.json");
    return JSON.parse(Buffer.from(answer.value).toString());
  } catch (error) {
    if (error instanceof SyntaxError) throw noMirror(mirror, "its /status.json is no JSON");
    if (!(error instanceof MirrorFailure)) throw error;
    throw new CannotRestore(`the mirror at ${mirror} cannot be asked: ${error.message}`, { cause: error });
  }
}

const noMirror = (mirror: string, why: string): CannotRestore =>
  new CannotRestore(
    `no Chartkeep mirror answers at ${mirror} (${why}); give the address that users add to Helm, <mirror>/<repository>`,
  );
