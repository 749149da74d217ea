import { describeFaults } from "./fault-suite.ts";
import { indexRows } from "./index-rows.ts";
import { IndexScene } from "./index-scene.ts";

describeFaults("an index that fails", {
  rows: indexRows,
  lanes: 10,
  start: async (lanes) => await IndexScene.start(lanes),
});
