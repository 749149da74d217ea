import { PublishedCharts, smallChart } from "../support/published-charts.ts";
import { type Upstream, startUpstream } from "../support/upstream/upstream.ts";

export interface Release {
  version: string;
  archive: Uint8Array;
}

/** An HTTP repository of one chart, to which each row adds a version. */
export class ChartSite {
  readonly upstream: Upstream;
  readonly #chart: string;
  readonly #published: PublishedCharts;
  readonly #about: { description?: string };
  #versions: number;

  private constructor(
    chart: string,
    published: PublishedCharts,
    upstream: Upstream,
    about: { description?: string },
  ) {
    this.#chart = chart;
    this.#published = published;
    this.upstream = upstream;
    this.#about = about;
    this.#versions = 0;
  }

  /** @param about further fields of each entry */
  static async start(
    chart: string,
    versions: number,
    about: { description?: string } = {},
  ): Promise<ChartSite> {
    const published = new PublishedCharts();
    const site = new ChartSite(chart, published, await startUpstream(published.site.site), about);
    for (let count = 0; count < versions; count += 1) site.publish(await site.next());
    return site;
  }

  /** A version that is still to be published, whose number no other one has. */
  async next(): Promise<Release> {
    const version = `1.${this.#versions}.0`;
    this.#versions += 1;
    return { version, archive: await smallChart(this.#chart, version) };
  }

  publish({ version, archive }: Release): void {
    this.#published.publish(this.#chart, version, { archive, entry: this.#about });
  }

  /** Serves the index, as it is now, under another path too. */
  async copyIndex(path: string): Promise<void> {
    const index = await this.#published.site.site("index.yaml");
    this.#published.site.set(path, index?.bytes ?? "");
  }
}
