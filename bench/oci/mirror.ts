import { type BenchMirror, startBenchMirror } from "../support/mirror.ts";

/** A mirror of charts in a registry on this machine. @param where `127.0.0.1:<port>/<path>` */
export async function startRegistryMirror(
  where: string,
  charts: string[],
  options: { copy: boolean },
): Promise<BenchMirror> {
  const source = { kind: "oci" as const, url: `oci://${where}`, charts, plainHttp: true, recheck: 86_400 };
  return await startBenchMirror(source, options);
}
