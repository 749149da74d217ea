export interface LoggedRequest {
  method: string;
  /** As it was written, query included: `/v2/charts/web/tags/list?n=1000` */
  target: string;
  status: number;
}

/** The requests in a log, in Apache's combined format, among whatever else stands there. */
export function requestsIn(log: string): LoggedRequest[] {
  return Array.from(
    log.matchAll(/"([A-Z]+) (\S+) HTTP\/[\d.]+" (\d{3}) /g),
    ([, method = "", target = "", status = ""]) => ({ method, target, status: Number(status) }),
  );
}
