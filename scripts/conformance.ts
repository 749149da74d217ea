import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ConformanceResult, readConformanceReport } from "../test/support/conformance-report.ts";
import { type Mirror, startMirror } from "../test/support/mirror.ts";
import { ociSource } from "../test/support/mirrored-repository.ts";
import { PublishedCharts, smallChart } from "../test/support/published-charts.ts";
import { type Registry, startRegistry } from "../test/support/registry/registry.ts";
import { startUpstream } from "../test/support/upstream/upstream.ts";

/**
 * `npm run conformance`: the official conformance suite of the OCI distribution-spec against a mirror, as far
 * as it pulls. Go builds it, once for each version: Go's own caches and node_modules/.cache keep it.
 */
const suite = "github.com/opencontainers/distribution-spec/conformance";
/** Of the main branch: the module has no releases. */
const version = "v0.0.0-20260831232431-97274622c111";

const run = promisify(execFile);

/** What the suite is told of a chart: it can only ask for what it knows when it may not push. */
interface ReadOnlyData {
  name: string;
  tags: string[];
  manifests: string[];
  blobs: string[];
}

async function main(): Promise<void> {
  const program = await builtSuite();
  if (program === undefined) {
    console.log("skipped: no Go toolchain, which builds the conformance suite");
    return;
  }
  const results = await inWorld(async (mirror) => {
    const told: ConformanceResult[] = [];
    for (const name of ["registry/web", "pages/web", "web"]) {
      const result = readConformanceReport(await runSuite(program, mirror, await dataOf(mirror, name)));
      console.log(`== ${name}\n${result.told.join("\n")}`);
      told.push(result);
    }
    return told;
  });
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`${results.reduce((sum, result) => sum + result.passed, 0)} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

/** Path of the program; `undefined` where there is no Go. @throws {Error} where it cannot be built */
async function builtSuite(): Promise<string | undefined> {
  const folder = join(import.meta.dirname, "../node_modules/.cache/chartkeep", `conformance-${version}`);
  const program = join(folder, "conformance");
  if (await access(program).then(succeeded, failedToo)) return program;
  if (!(await run("go", ["version"]).then(succeeded, failedToo))) return undefined;
  await mkdir(folder, { recursive: true });
  await run("go", ["install", `${suite}@${version}`], { env: { ...process.env, GOBIN: folder } });
  return program;
}

const succeeded = (): boolean => true;
const failedToo = (): boolean => false;

/** A chart that came from a registry, with a signature and a referrer, and one that is nowhere but on pages. */
async function inWorld<T>(work: (mirror: Mirror) => Promise<T>): Promise<T> {
  const versions = ["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0+build.5"];
  await using registry = await startRegistry();
  const pages = new PublishedCharts();
  for (const each of versions) {
    const archive = await smallChart("web", each);
    await registry.publish("charts/web", { name: "web", version: each, archive });
    const provenance = `-----BEGIN PGP SIGNED MESSAGE-----\nweb ${each}\n-----BEGIN PGP SIGNATURE-----\n`;
    pages.publish("web", each, { archive, provenance });
  }
  attachTo(registry);
  await using upstream = await startUpstream(pages.site.site);
  await using mirror = await startMirror(
    {
      pages: { url: upstream.url },
      registry: { sources: [ociSource({ url: `oci://${registry.host}/charts`, charts: ["web"] })] },
    },
    { root: "pages" },
  );
  await Promise.all([mirror.sync("pages"), mirror.sync("registry")]);
  return await work(mirror);
}

function attachTo(registry: Registry): void {
  const digest = registry.content.find("charts/web")?.tags.get("1.1.0") ?? "";
  registry.sign("charts/web", digest, "sig");
  registry.attach("charts/web", digest, { artifactType: "application/spdx+json", bytes: "{}" });
}

/** Everything that the mirror shows of a chart: what its tags lead to, and what is in it. */
async function dataOf(mirror: Mirror, name: string): Promise<ReadOnlyData> {
  const { tags }: { tags: string[] } = await json(mirror, `v2/${name}/tags/list`);
  const data: ReadOnlyData = { name, tags, manifests: [], blobs: [] };
  for (const tag of tags) {
    const { headers } = await mirror.fetch(`v2/${name}/manifests/${tag}`, { method: "HEAD" });
    data.manifests.push(headers.get("docker-content-digest") ?? "");
    const manifest: Manifest = await json(mirror, `v2/${name}/manifests/${tag}`);
    data.blobs.push(...[manifest.config, ...manifest.layers].map(({ digest }) => digest));
  }
  return { ...data, blobs: [...new Set(data.blobs)] };
}

interface Manifest {
  config: { digest: string };
  layers: { digest: string }[];
}

async function json<T>(mirror: Mirror, path: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await mirror.bytes(path)));
}

/** What it said. Its exit code says nothing: without pushes it crashes when it writes results.yaml. */
async function runSuite(program: string, mirror: Mirror, data: ReadOnlyData): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chartkeep-conformance-"));
  const env = {
    OCI_REGISTRY: new URL(mirror.urlOf("")).host,
    OCI_TLS: "disabled",
    OCI_VERSION: "1.1",
    OCI_REPO1: data.name,
    OCI_REPO2: "registry/not-there",
    OCI_LOG: "error",
    OCI_RESULTS_DIR: folder,
    OCI_API_PUSH: "false",
    OCI_API_BLOBS_DELETE: "false",
    OCI_API_MANIFESTS_DELETE: "false",
    OCI_API_TAGS_DELETE: "false",
    OCI_RO_DATA_TAGS: data.tags.join(" "),
    OCI_RO_DATA_MANIFESTS: data.manifests.join(" "),
    OCI_RO_DATA_BLOBS: data.blobs.join(" "),
    OCI_RO_DATA_REFERRERS: data.manifests.join(" "),
  };
  try {
    return (await run(program, { cwd: folder, env })).stdout;
  } catch (error) {
    if (error instanceof Error && "stdout" in error && "stderr" in error)
      return `${String(error.stdout)}\n${String(error.stderr)}`;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
