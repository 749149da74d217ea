import { cpus, release } from "node:os";
import { bundleFigures } from "./bundle.ts";
import { fillFigures } from "./fill.ts";
import { growthFigures } from "./growth.ts";
import { helmFigures } from "./helm.ts";
import { ociFigures } from "./oci/figures.ts";
import { publishFigures } from "./publish.ts";
import { readFigures } from "./read.ts";
import { requestFigures } from "./requests.ts";
import { type Figure, table } from "./support/figures.ts";

const sections: Readonly<Record<string, () => Promise<Figure[]>>> = {
  read: readFigures,
  publish: publishFigures,
  fill: fillFigures,
  oci: ociFigures,
  requests: requestFigures,
  helm: helmFigures,
  growth: growthFigures,
  bundle: bundleFigures,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in sections));
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(", ")}; there are ${Object.keys(sections).join(", ")}\n`);
  process.exit(1);
}

const { model = "unknown processor" } = cpus()[0] ?? {};
process.stdout.write(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${model}, Linux ${release()}, Node ${process.version}\n\n`,
);
for (const [name, measure] of Object.entries(sections)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stdout.write(`${name}\n\n${table(await measure())}\n`);
}
