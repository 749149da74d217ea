import { rmSync } from "node:fs";
import { type Helm, type HelmHome, helmHome } from "../test/support/helm.ts";
import { type Incident, startIncident } from "../test/support/incident.ts";
import { type Mirror, startMirror } from "../test/support/mirror.ts";
import { httpSource, ociSource } from "../test/support/mirrored-repository.ts";
import { helmLogin } from "../test/support/registry/helm-push.ts";

/** What users call the repository. */
export const repository = "prometheus-community";
/** Seconds from one check of the mirror to the next; real ones wait for minutes. */
export const interval = 1;
const publisher = { user: "publisher", password: "secret" };

/** Each has a Helm of their own, with nothing in common but the machine. */
export type User = "direct" | "newcomer" | "mirrored" | "publisher";

export interface Addresses {
  /** What users gave to `helm repo add` until then. */
  pages: string;
  registry: string;
  /** What users of the mirror gave to `helm repo add`. */
  mirror: string;
  /** Of the mirror's own pages, with a trailing slash. */
  home: string;
}

/** Where the story takes place: the publisher's two servers, the mirror, and people with Helm. */
export interface World extends AsyncDisposable {
  incident: Incident;
  mirror: Mirror;
  users: Readonly<Record<User, HelmHome>>;
  /** Of the Helm that they have. */
  helmMajor: number;
  addresses: Addresses;
  /** When the latest event happened, in milliseconds since 1970, and the mirror's index as it was before. */
  latest: { at: number; indexBefore: string };
}

export async function startWorld(helm: Helm): Promise<World> {
  // Whatever fails on the way, what has been started until then is ended.
  await using started = new AsyncDisposableStack();
  const incident = started.use(await startIncident(publisher));
  const sources = [httpSource({ url: incident.pagesUrl }), ociSource({ url: incident.registryUrl })];
  const mirror = started.use(await startMirror({ [repository]: { interval, sources } }));
  const home = async (): Promise<HelmHome> => started.use(removedOnExit(await helmHome(helm)));
  const users = {
    direct: await home(),
    newcomer: await home(),
    mirrored: await home(),
    publisher: await home(),
  };
  await helmLogin(users.publisher, incident.registry.host, publisher);
  const everything = started.move();
  return {
    incident,
    mirror,
    users,
    helmMajor: Number(/\bv(\d+)\./.exec(helm.name)?.[1]),
    addresses: {
      pages: incident.pagesUrl,
      registry: incident.registryUrl,
      mirror: mirror.urlOf(repository),
      home: mirror.urlOf(""),
    },
    latest: { at: Date.now(), indexBefore: "" },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** However the process ends: by an impatient Ctrl-C, or by one before anything listens to it. */
function removedOnExit(home: HelmHome): HelmHome {
  process.once("exit", () => rmSync(home.directory, { recursive: true, force: true }));
  return home;
}
