import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../test/support/registry/free-port.ts";
import { findProgram } from "../support/find-program.ts";
import { ServerProcess } from "../support/server-process.ts";
import { type Peer, skipped, type Skipped } from "./peer.ts";

/** Static files, as most repositories are served that are not on GitHub Pages. */
export async function startNginx(directory: string): Promise<Peer | Skipped> {
  const program = await findProgram("nginx");
  if (program === undefined) return skipped("needs nginx, of Debian's package of that name");
  const folder = await mkdtemp(join(tmpdir(), "chartkeep-nginx-"));
  const port = await freePort();
  await writeFile(join(folder, "nginx.conf"), configuration(folder, directory, port));
  const parameters = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")];
  const url = `http://127.0.0.1:${port}`;
  const server = await ServerProcess.start({ program, parameters, probe: `${url}/index.yaml` });
  return {
    url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What Debian's own nginx.conf sets that matters here, with everything that is written kept in the folder. */
function configuration(folder: string, directory: string, port: number): string {
  // Workers would be www-data otherwise, whom nobody lets into a temporary folder.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n  ");
  return `${user}
daemon off;
worker_processes auto;
pid ${folder}/nginx.pid;
events { worker_connections 768; }
http {
  ${temporary}
  access_log ${folder}/access.log;
  sendfile on;
  tcp_nopush on;
  gzip on;
  server {
    listen 127.0.0.1:${port};
    root ${directory};
    location = /-nothing { return 200 "ok"; }
  }
}
`;
}
