import { resolve } from "node:path";
import { type Plugin, build } from "esbuild";
import type { Config } from "../src/config/config.ts";

/** Bundles a Worker for workerd into one module's text, with `config` in the place of the compiled mirror.yaml. */
export async function bundleWorker(entry: string, config: Config): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: resolve(import.meta.dirname, ".."),
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    platform: "neutral",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["module", "main"],
    external: ["cloudflare:*", "node:*"],
    sourcemap: "inline",
    logLevel: "error",
    plugins: [inPlaceOfMirror(config)],
  });
  return outputFiles.map(({ text }) => text).join("");
}

function inPlaceOfMirror(config: Config): Plugin {
  return {
    name: "mirror",
    setup(building) {
      building.onResolve({ filter: /\/\.chartkeep\/mirror\.ts$/ }, () => ({
        path: "mirror",
        namespace: "mirror",
      }));
      building.onLoad({ filter: /.*/, namespace: "mirror" }, () => ({
        contents: `export const config = ${JSON.stringify(config)};`,
      }));
    },
  };
}
