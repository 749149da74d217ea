import type { Answer } from "../upstream/answer.ts";
import type { Fault } from "../upstream/faults.ts";
import { type Attached, type SignatureKind, attach, sign } from "./attachments.ts";
import { BlobStorage } from "./blob-storage.ts";
import { RegistryContent } from "./content.ts";
import { type ApiParts, apiAnswer } from "./distribution-api.ts";
import { errorAnswer } from "./errors.ts";
import { Front, type Origin } from "./front.ts";
import { ManifestLimit } from "./manifest-limit.ts";
import { type RegistryOptions, type RegistrySettings, defaultSettings } from "./options.ts";
import { type ChartToPublish, type PublishedVersion, publishChart } from "./publish.ts";
import type { RegistryRequest } from "./recorded-request.ts";
import type { Ask, RequestKind } from "./route.ts";
import { TokenService } from "./token-service.ts";
import { Uploads } from "./uploads.ts";

/** An OCI registry in memory; `presets` make it behave as the ones in the wild do. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const registry = new Registry(options);
  await registry.listen(options.port ?? 0);
  return registry;
}

/** Speaks the OCI Distribution protocol, tells what it was asked, and breaks in every way on demand. */
export class Registry implements AsyncDisposable {
  /** May be changed while the registry runs. */
  readonly settings: RegistrySettings;
  readonly content = new RegistryContent();
  readonly #front: Front;
  readonly #parts: ApiParts;

  constructor(options: RegistryOptions) {
    this.settings = { ...defaultSettings, ...options };
    this.#front = new Front((origin, ask) => this.#answer(origin, ask));
    this.#parts = partsOf(this.settings, this.content, () => this.#addresses());
  }

  /** `127.0.0.1:<port>`, as it stands in a reference. */
  get host(): string {
    return new URL(this.url).host;
  }

  /** Without a trailing slash. */
  get url(): string {
    return this.#front.url("registry");
  }

  /** Of all of its origins: the registry, its token service, its storage. */
  get requests(): readonly RegistryRequest[] {
    return this.#front.requests;
  }

  get issuedTokens(): number {
    return this.#parts.tokens.issued;
  }

  /** @param repository with the chart's name: `charts/web` */
  async publish(repository: string, chart: ChartToPublish): Promise<PublishedVersion> {
    return await publishChart(this.content.ensure(repository), chart);
  }

  /** As cosign does by default: under a tag made of the digest. */
  sign(repository: string, manifestDigest: string, kind: SignatureKind): Attached {
    return sign(this.content.ensure(repository), manifestDigest, kind);
  }

  /** As a referrer, and under its fallback tag where the registry has no referrers that work. */
  attach(
    repository: string,
    manifestDigest: string,
    artifact: { artifactType: string; bytes: Uint8Array | string },
  ): Attached {
    return attach(this.content.ensure(repository), manifestDigest, artifact, this.settings.referrers);
  }

  /** Sets a tag, or moves it. */
  putTag(repository: string, tag: string, digest: string): void {
    this.content.ensure(repository).tags.set(tag, digest);
  }

  deleteTag(repository: string, tag: string): void {
    this.content.find(repository)?.tags.delete(tag);
  }

  /**
   * Whatever path matches is answered by the fault; the latest one counts. Paths are decoded and have no
   * leading slash: `v2/charts/web/manifests/1.0.0`, `token`, `storage/sha256:…`.
   */
  fault(pattern: RegExp, fault: Fault): void {
    this.#front.fault(pattern, fault);
  }

  /** Removes every fault, and ends what still hangs. */
  clearFaults(): void {
    this.#front.clearFaults();
  }

  requestsFor(kind: RequestKind, repository?: string): RegistryRequest[] {
    return this.requests.filter(
      (request) => request.kind === kind && (repository === undefined || request.repository === repository),
    );
  }

  forgetRequests(): void {
    this.#front.requests.length = 0;
  }

  /** Also brings a closed registry back, at the addresses that it had. */
  async listen(port?: number): Promise<void> {
    await this.#front.listen(port);
  }

  /** From now on connections are refused, at its storage and its token service too. */
  async close(): Promise<void> {
    await this.#front.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #addresses(): { storage: string; realm: string } {
    const { auth } = this.settings;
    const elsewhere = auth.kind === "token" && auth.service === "origin";
    return {
      storage: this.#front.url("storage"),
      realm: `${this.#front.url(elsewhere ? "tokens" : "registry")}/token`,
    };
  }

  #answer(origin: Origin, ask: Ask): Answer {
    if (origin === "registry") return apiAnswer(ask, this.#parts);
    if (origin === "storage") return this.#parts.storage.answer(ask);
    const { auth } = this.settings;
    const gives = auth.kind === "token" && auth.service === "origin" && ask.route.kind === "token";
    return gives ? this.#parts.tokens.answer(ask, auth) : errorAnswer("UNSUPPORTED", { status: 404 });
  }
}

const partsOf = (
  settings: RegistrySettings,
  content: RegistryContent,
  addresses: ApiParts["addresses"],
): ApiParts => ({
  settings,
  content,
  addresses,
  tokens: new TokenService(settings, content),
  uploads: new Uploads(),
  limit: new ManifestLimit(settings),
  storage: new BlobStorage(settings, content),
});
