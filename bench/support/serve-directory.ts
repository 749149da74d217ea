import { directorySite } from "../../test/support/upstream/directory-site.ts";
import { startUpstream } from "../../test/support/upstream/upstream.ts";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("which directory?");
const upstream = await startUpstream(directorySite(directory));
// Thousands of requests are not to be remembered.
setInterval(() => upstream.forgetRequests(), 1000).unref();
process.stdout.write(`${upstream.url}\n`);
