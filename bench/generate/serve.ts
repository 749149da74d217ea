import { parseArgs } from "node:util";
import { generatedSite } from "../../test/support/upstream/generated-site.ts";
import { startUpstream } from "../../test/support/upstream/upstream.ts";
import { generateRepository } from "./generated-repository.ts";

const usage = `Serves a generated Helm repository on 127.0.0.1 until it is interrupted.

  node bench/generate/serve.ts [options]

  --versions N       chart versions in all                     (1000)
  --charts N         charts that they are spread over          (10)
  --entry-bytes N    size of an entry in the index, on average (500)
  --archive-bytes N  size of an archive, at least about 500    (500)
  --seed TEXT        another seed gives other charts           (chartkeep)
  --provenance       a provenance file beside every archive
  --absolute         absolute URLs in the index
  --port N           0 takes any free one                      (0)
`;

const { values } = parseArgs({
  options: {
    versions: { type: "string", default: "1000" },
    charts: { type: "string", default: "10" },
    "entry-bytes": { type: "string", default: "500" },
    "archive-bytes": { type: "string", default: "500" },
    seed: { type: "string", default: "chartkeep" },
    provenance: { type: "boolean", default: false },
    absolute: { type: "boolean", default: false },
    port: { type: "string", default: "0" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await serve();

async function serve(): Promise<void> {
  const upstream = await startUpstream(async () => undefined, Number(values.port));
  const repository = generateRepository({
    versions: Number(values.versions),
    charts: Number(values.charts),
    entryBytes: Number(values["entry-bytes"]),
    archiveBytes: Number(values["archive-bytes"]),
    seed: values.seed,
    provenance: values.provenance,
    // The address is known only once the server listens.
    ...(values.absolute ? { baseUrl: upstream.url } : {}),
  });
  const { length } = await repository.index();
  upstream.site = generatedSite(repository);
  process.stdout.write(
    `${upstream.url} serves ${repository.files.length} versions, index of ${length} bytes\n`,
  );
}
