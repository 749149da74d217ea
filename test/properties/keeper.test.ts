import * as fc from "fast-check";
import { beforeAll, test } from "vitest";
import { runs } from "../support/runs.ts";
import { everything } from "./commands.ts";
import { requireSettled, settle } from "./promises.ts";
import { withoutPatience, withWorld } from "./world.ts";

beforeAll(withoutPatience);

test("whatever happens, in whatever order, every promise holds after every step, and all is well in the end", async () => {
  const histories = fc.commands(everything, { maxCommands: 30, size: "max" });
  await fc.assert(
    fc.asyncProperty(histories, async (commands) => {
      await withWorld(async (model, world) => {
        await fc.asyncModelRun(() => ({ model, real: world }), commands);
        await settle(model, world);
        await requireSettled(model, world);
      });
    }),
    runs(30, 1000),
  );
}, 300_000);
