import { median } from "../support/figures.ts";
import { loadFor, percentile } from "../support/load.ts";
import type { WorkerdProcess } from "../support/workerd-process.ts";
import { headersOf, type RequestKind, statusOf } from "./request-kinds.ts";
import { etagOf } from "./storage-reads.ts";

const warmSeconds = 0.3;

export interface RequestServer {
  name: string;
  /** What is asked for. */
  url: string;
  /** Whose CPU is counted. */
  workerd?: WorkerdProcess;
  /** 8 without it. */
  connections?: number;
}

export interface RequestFigures {
  perSecond: number;
  /** Milliseconds, with so many connections that each wait for their answers. */
  p50: number;
  p99: number;
  /** Of the body. */
  bytes: number;
  connections: number;
  /** Of all of workerd, its embedded stores included. */
  cpuMilliseconds?: number;
  /** Of each round. */
  rounds: { perSecond: number; cpuMilliseconds?: number }[];
}

/** One kind of request to every server in turn, so many rounds. A server without ETags has no `unchanged`. */
export async function measureRequests(
  kind: RequestKind,
  servers: readonly RequestServer[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<ReadonlyMap<string, RequestFigures>> {
  const lanes: { server: RequestServer; headers: Record<string, string>; loads: Measured[] }[] = [];
  for (const server of servers) {
    const etag = kind === "unchanged" ? await etagOf(server.url) : "";
    if (kind === "unchanged" && etag === "") continue;
    const lane = { server, headers: headersOf(kind, etag), loads: [] };
    await measure(kind, lane.server, lane.headers, warmSeconds);
    lanes.push(lane);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { server, headers, loads } of lanes) loads.push(await measure(kind, server, headers, seconds));
  }
  return new Map(lanes.map(({ server, loads }) => [server.name, figuresOf(loads, server.connections ?? 8)]));
}

type Measured = Awaited<ReturnType<typeof measure>>;

async function measure(
  kind: RequestKind,
  { url, workerd, connections = 8 }: RequestServer,
  headers: Record<string, string>,
  seconds: number,
) {
  const before = workerd?.cpuSeconds() ?? 0;
  const load = await loadFor(url, { seconds, connections, headers, status: statusOf(kind) });
  const cpu = workerd === undefined ? undefined : (workerd.cpuSeconds() - before) * 1000;
  return { ...load, cpu };
}

function figuresOf(loads: readonly Measured[], connections: number): RequestFigures {
  const latencies = loads.flatMap((load) => load.latencies);
  const rounds = loads.map(({ perSecond, cpu, requests }) => ({
    perSecond,
    ...(cpu === undefined ? {} : { cpuMilliseconds: cpu / requests }),
  }));
  const cpus = rounds.flatMap(({ cpuMilliseconds }) => cpuMilliseconds ?? []);
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    bytes: loads[0]?.bytes ?? 0,
    connections,
    ...(cpus.length === 0 ? {} : { cpuMilliseconds: median(cpus) }),
    rounds,
  };
}

/** Round by round, so that what slows the machine down slows both; the median. */
export function rateRatio(ours: RequestFigures, theirs: RequestFigures): number {
  return median(
    ours.rounds.map(({ perSecond }, index) => perSecond / (theirs.rounds[index]?.perSecond ?? Number.NaN)),
  );
}

/** As `rateRatio`, of the CPU that a request takes. */
export function cpuRatio(ours: RequestFigures, theirs: RequestFigures): number {
  return median(
    ours.rounds.map(
      ({ cpuMilliseconds = Number.NaN }, index) =>
        cpuMilliseconds / (theirs.rounds[index]?.cpuMilliseconds ?? Number.NaN),
    ),
  );
}
