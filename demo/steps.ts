import { type Step, claim, event, helm, pulls, say, scene, sinceHelm4, stateSays } from "./acts.ts";
import * as claims from "./claims.ts";
import { repository } from "./world.ts";

const { oldest, newest, later } = claims.story;
const chart = `${repository}/prometheus`;
const without = "without the mirror";
const through = "through the mirror";

const added = { ends: "well", says: [/has been added/] } as const;
const updated = { ends: "well", says: [/Update Complete/], shows: /Complete/ } as const;
const rendered = { ends: "well", says: [new RegExp(`hello from prometheus ${newest}`)] } as const;

/** May 2025, in order: each step begins where the one before it has ended. */
export const steps: readonly Step[] = [
  {
    title: "All is well",
    acts: [
      say(
        "The publisher has two charts in three versions each, on Pages and in a registry. The mirror is told of both places.",
      ),
      claim(claims.isFilled),
      scene(without),
      helm("direct", ({ pages }) => `repo add ${repository} ${pages}`, added),
      scene(through),
      helm("mirrored", ({ mirror }) => `repo add ${repository} ${mirror}`, added),
      helm("mirrored", `search repo ${repository}`, {
        ends: "well",
        says: [new RegExp(`/alertmanager\\s+${newest}`), new RegExp(`/prometheus\\s+${newest}`)],
      }),
    ],
  },
  {
    title: "The gh-pages branch is deleted",
    acts: [
      event("From this minute GitHub answers 404, whatever is asked for.", ({ incident }) =>
        incident.deleteBranch(),
      ),
      scene(without),
      helm("direct", "repo update", {
        ends: "either",
        says: [/index\.yaml.*404/s],
        shows: /404|Error/,
      }),
      helm("newcomer", ({ pages }) => `repo add ${repository} ${pages}`, {
        ends: "badly",
        says: [/index\.yaml.*404/s],
      }),
      scene(through),
      claim(claims.noticesMissingPages),
      helm("mirrored", "repo update", updated),
      helm("mirrored", `template demo ${chart}`, { ...rendered, shows: /greeting/ }),
      // Helm 3 wants a cluster even for this.
      sinceHelm4(
        helm("mirrored", `install demo ${chart} --dry-run=client`, { ...rendered, shows: /STATUS/ }),
      ),
      pulls("mirrored", "prometheus", oldest),
      pulls("mirrored", "prometheus", newest),
    ],
  },
  {
    title: "A release goes to the registry alone",
    acts: [
      event(`The publisher pushes prometheus ${later} where it is still possible.`, claims.makesRelease),
      helm("publisher", ({ registry }) => `push prometheus-${later}.tgz ${registry} --plain-http`, {
        ends: "well",
        says: [/Pushed: /, /Digest: sha256:/],
      }),
      claim(claims.listsRelease),
      scene(through),
      helm("mirrored", "repo update", updated),
      helm("mirrored", `search repo ${chart}`, {
        ends: "well",
        says: [new RegExp(`/prometheus\\s+${later}`)],
      }),
      pulls("mirrored", "prometheus", later),
    ],
  },
  {
    title: "Pages comes back, and is not what it was",
    acts: [
      event(
        "The branch is restored from an old state: without the latest releases, with new dates, and with some archives packed again.",
        ({ incident }) => incident.restoreBranch(),
      ),
      scene(without),
      helm("direct", "repo update", updated),
      helm("direct", `search repo ${chart} --versions`, {
        ends: "well",
        says: [new RegExp(`/prometheus\\s+${oldest}`), /^(?!.*\s2\.)/s],
      }),
      helm("direct", `pull ${chart} --version ${newest}`, { ends: "badly", says: [/not found/] }),
      pulls("direct", "prometheus", oldest, "other"),
      scene(through),
      claim(claims.keepsEverything),
      helm("mirrored", "repo update", updated),
      helm("mirrored", `search repo ${chart} --versions`, {
        ends: "well",
        says: [oldest, newest, later].map((version) => new RegExp(`/prometheus\\s+${version}`)),
      }),
      pulls("mirrored", "prometheus", newest),
      pulls("mirrored", "prometheus", oldest),
      stateSays(({ problems }) =>
        problems
          .filter((problem) => problem.chart === "prometheus")
          .flatMap(({ chart: name, version, code, message }) => [
            { chart: name, version, code },
            { message },
          ]),
      ),
    ],
  },
  {
    title: "The registry goes down, and comes back",
    acts: [
      event("Nobody listens at the registry's address any more.", ({ incident }) =>
        incident.registry.close(),
      ),
      scene(without),
      helm("direct", ({ registry }) => `pull ${registry}/prometheus --version ${later} --plain-http`, {
        ends: "badly",
        says: [/connection refused/],
      }),
      scene(through),
      claim(claims.noticesMissingRegistry),
      pulls("mirrored", "prometheus", later),
      event("The registry is back.", ({ incident }) => incident.registry.listen()),
      claim(claims.isWellAgain),
      stateSays(({ sources }) =>
        sources.flatMap(({ url, state, outage }) => [
          { url, state },
          { outage: outage && { since: outage.since, until: outage.until } },
        ]),
      ),
    ],
  },
];
