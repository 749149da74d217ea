import { HttpConnection, requestText } from "./http-connection.ts";

export interface LoadOptions {
  seconds: number;
  /** Open at the same time, each with one request at a time. */
  connections?: number;
  headers?: Readonly<Record<string, string>>;
  /** Which every answer must have. */
  status?: number;
}

export interface Load {
  requests: number;
  /** Seconds. */
  elapsed: number;
  perSecond: number;
  /** Of each request, in milliseconds, in the order in which they ended. */
  latencies: number[];
  /** Of the body of one answer. */
  bytes: number;
}

/** As many requests as so many connections can make in the time, each read to its end. */
export async function loadFor(url: string, options: LoadOptions): Promise<Load> {
  const { seconds, connections = 8, headers = {}, status = 200 } = options;
  const target = new URL(url);
  const request = requestText(target, headers);
  const open = Array.from({ length: connections }, () => new HttpConnection(target));
  const latencies: number[] = [];
  let bytes = 0;
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const use = async (connection: HttpConnection): Promise<void> => {
    for (let sent = performance.now(); sent < end;) {
      const response = await connection.send(request);
      if (response.status !== status) throw new Error(`${url}: ${response.status}, not ${status}`);
      const now = performance.now();
      latencies.push(now - sent);
      bytes = response.bytes;
      sent = now;
    }
  };
  try {
    await Promise.all(open.map(use));
  } finally {
    for (const connection of open) connection.close();
  }
  const elapsed = (performance.now() - begin) / 1000;
  return { requests: latencies.length, elapsed, perSecond: latencies.length / elapsed, latencies, bytes };
}

/** @param share of the values that are not greater: 0.99, … */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
