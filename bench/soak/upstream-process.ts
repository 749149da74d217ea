import { startRegistry } from "../../test/support/registry/registry.ts";
import {
  cutFile,
  type Fault,
  htmlPage,
  rateLimited,
  resetAfter,
  slow,
  status,
  wrongBytes,
} from "../../test/support/upstream/faults.ts";
import { generatedSite } from "../../test/support/upstream/generated-site.ts";
import { sitesByFolder } from "../../test/support/upstream/site.ts";
import { startUpstream } from "../../test/support/upstream/upstream.ts";
import {
  type Command,
  type FaultName,
  type Ready,
  type Release,
  registryPath,
  registryVersion,
  registryVersions,
  soakContent,
} from "./content.ts";

// The publishers of a soak, in a process of their own: packing charts costs the readers nothing.

const faults: Readonly<Record<FaultName, Fault>> = {
  unavailable: status(503),
  "rate-limited": rateLimited(1),
  reset: resetAfter(0),
  "no-index": htmlPage(),
  "cut-off": cutFile(100),
  "wrong-bytes": wrongBytes(),
  slow: slow(300),
};

const content = soakContent();
const pages = await startUpstream(
  sitesByFolder({
    steady: generatedSite(content.steady),
    busy: generatedSite(content.busy),
    filling: generatedSite(content.filling),
  }),
);
const registry = await startRegistry({ auth: { kind: "token" }, blobs: "redirect" });
for (let index = 0; index < registryVersions; index += 1) await push(index);

async function push(index: number): Promise<void> {
  const version = await registryVersion(index);
  const { manifestDigest } = await registry.publish(`${registryPath}/${version.name}`, version);
  registry.sign(`${registryPath}/${version.name}`, manifestDigest, "sig");
}

async function release(one: Release): Promise<void> {
  if (one.where === "registry") await push(one.index);
  else content[one.where].addVersion(one.chart, one.version);
}

async function obey(command: Command): Promise<void> {
  switch (command.do) {
    case "release":
      for (const one of command.releases) await release(one);
      pages.forgetRequests(); // they would only add up
      registry.forgetRequests();
      return;
    case "fault":
      if (command.where === "pages") pages.fault(/^(busy|filling)\//, faults[command.fault]);
      else registry.fault(/^v2\/|^storage\//, faults[command.fault]);
      return;
    case "recover":
      pages.clearFaults();
      registry.clearFaults();
      return;
  }
}

let last: Promise<void> = Promise.resolve();
process.on("message", (command: Command) => {
  last = last.then(() => obey(command));
});
process.on("disconnect", () => process.exit());
const ready: Ready = { pages: pages.url, registry: registry.host };
process.send?.(ready);
