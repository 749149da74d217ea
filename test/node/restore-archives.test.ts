import { afterEach, beforeEach, expect, test } from "vitest";
import { BranchFolder } from "../../restore/branch-folder.ts";
import { Stopped, bringArchives } from "../../restore/bring-archives.ts";
import type { PlannedArchive } from "../../restore/plan.ts";
import { MirrorFailure } from "../../restore/retry.ts";
import { Tally } from "../../restore/tally.ts";
import type { Work } from "../../restore/work.ts";
import { Restoring } from "../support/restoring.ts";

const archives = Array.from({ length: 40 }, (_, index): PlannedArchive => {
  const path = `web-1.0.${index}.tgz`;
  return { title: `web 1.0.${index}`, path, digest: "a".repeat(64), from: path, hint: "" };
});

let restoring: Restoring;
let folder: BranchFolder;
beforeEach(async () => {
  restoring = await Restoring.begin();
  folder = await BranchFolder.open(restoring.directory);
});
afterEach(async () => await restoring[Symbol.asyncDispose]());

/** Work with a mirror that fails in one way. */
const failing = (reason: Error): Work => {
  const fail = async () => {
    throw reason;
  };
  return { mirror: { get: fail, bytes: fail }, folder, force: false, tally: new Tally() };
};

/** As Node says what the operating system refuses. */
const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: write`), { code, syscall: "write" });

const going = new AbortController().signal;

test.each(["ENOSPC", "EDQUOT", "EROFS"])(
  "%s ends the run at once: no other archive fares better",
  async (code) => {
    const work = failing(systemError(code));
    await expect(bringArchives(work, archives, going)).rejects.toThrow(Stopped);
    expect(work.tally.done).toBeLessThan(6);
    expect(work.tally.trouble).toEqual([]);
  },
);

test.each([systemError("ENAMETOOLONG"), new MirrorFailure("403", { passing: false })])(
  "%s costs the one archive: the others are tried",
  async (error) => {
    const work = failing(error);
    await bringArchives(work, archives, going);
    expect(work.tally).toMatchObject({ done: 40, trouble: { length: 40 } });
  },
);

test("a bug is neither told as trouble nor swallowed", async () => {
  await expect(bringArchives(failing(new TypeError("oops")), archives, going)).rejects.toThrow("oops");
});
