import { describeFaults } from "./fault-suite.ts";
import { registryRows } from "./registry-rows.ts";
import { RegistryScene } from "./registry-scene.ts";

describeFaults("a registry that fails", {
  rows: registryRows,
  lanes: 10,
  start: async (lanes) => await RegistryScene.start(lanes),
});
