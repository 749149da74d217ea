import { setTimeout as wait } from "node:timers/promises";
import { directorySite } from "../../test/support/upstream/directory-site.ts";
import { startUpstream } from "../../test/support/upstream/upstream.ts";

const [directory, delay = "0"] = process.argv.slice(2);
if (directory === undefined) throw new Error("which directory?");
const site = directorySite(directory);
const milliseconds = Number(delay);
const upstream = await startUpstream(async (path) => {
  if (milliseconds > 0) await wait(milliseconds);
  return await site(path);
});
// Thousands of requests are not to be remembered.
setInterval(() => upstream.forgetRequests(), 1000).unref();
process.stdout.write(`${upstream.url}\n`);
