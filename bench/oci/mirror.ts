import { memoryFolder } from "../support/memory-folder.ts";
import { type BenchMirror, startBenchMirror } from "../support/mirror.ts";

/** A mirror of charts in a registry on this machine, kept in memory. @param where `127.0.0.1:<port>/<path>` */
export async function startRegistryMirror(
  where: string,
  charts: string[],
  options: { copy: boolean },
): Promise<BenchMirror> {
  const folder = await memoryFolder();
  const source = { kind: "oci" as const, url: `oci://${where}`, charts, plainHttp: true, recheck: 86_400 };
  const mirror = await startBenchMirror(source, { ...options, state: folder.path });
  return {
    ...mirror,
    async [Symbol.asyncDispose]() {
      await mirror[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
