import { describeFaults } from "./fault-suite.ts";
import { archiveRows } from "./archive-rows.ts";
import { ArchiveScene } from "./archive-scene.ts";

describeFaults("an archive that does not come as it should", {
  rows: archiveRows,
  lanes: 8,
  start: async (lanes) => await ArchiveScene.start(lanes),
});
