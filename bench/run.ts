import { parseArgs } from "node:util";
import { bundleFigures } from "./bundle.ts";
import { costReport } from "./cost/report.ts";
import { fillFigures } from "./fill.ts";
import { growthFigures } from "./growth.ts";
import { helmFigures } from "./helm.ts";
import { ociFigures } from "./oci/figures.ts";
import { peersReport } from "./peers/report.ts";
import { publishFigures } from "./publish.ts";
import { readFigures } from "./read.ts";
import { requestFigures } from "./requests.ts";
import { soakReport } from "./soak/report.ts";
import { type Figure, table } from "./support/figures.ts";
import { today, whichMachine } from "./support/machine.ts";

const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    // Of `soak`: it ends with the round in which both are reached.
    requests: { type: "string", default: "0" },
    seconds: { type: "string", default: "180" },
  },
});

/** Figures, or a text that is Markdown already. */
const sections: Readonly<Record<string, () => Promise<Figure[] | string>>> = {
  read: readFigures,
  publish: publishFigures,
  fill: fillFigures,
  oci: ociFigures,
  requests: requestFigures,
  helm: helmFigures,
  growth: growthFigures,
  bundle: bundleFigures,
  peers: peersReport,
  cost: costReport,
  soak: () => soakReport({ requests: Number(options.requests), seconds: Number(options.seconds) }),
};

const unknown = asked.filter((name) => !(name in sections));
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(", ")}; there are ${Object.keys(sections).join(", ")}\n`);
  process.exit(1);
}

process.stdout.write(`${today()}, ${whichMachine()}\n\n`);
for (const [name, measure] of Object.entries(sections)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const measured = await measure();
  process.stdout.write(`${name}\n\n${typeof measured === "string" ? measured : table(measured)}\n`);
}
