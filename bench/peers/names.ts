/** What the servers are called in the results. */
export const names = {
  nginx: "nginx",
  chartMuseum: "ChartMuseum",
  naive: "naive Worker",
  full: "Chartkeep, full index",
  latest: "Chartkeep, `@latest`",
  oneChart: "Chartkeep, one chart",
  mirror: "Chartkeep",
  mirrorLarge: "Chartkeep, large repository",
  bare: "bare Worker",
  registry: "docker-registry",
  mirrorOci: "Chartkeep, `oci://`",
  registryOci: "docker-registry, `oci://`",
} satisfies Record<string, string>;
