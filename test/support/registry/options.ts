export interface Credentials {
  user: string;
  password: string;
}

/** A token service, as the Distribution project specifies it (spec/auth/token). */
export interface TokenAuth {
  kind: "token";
  /** A path of the registry itself, or a port of its own, which is another origin. */
  service?: "path" | "origin";
  /** With them only their owner may push; without them whoever asks. */
  credentials?: Credentials;
  /** Whether a token to pull with is given to whoever asks. */
  anonymous?: boolean;
  /** How long a token is valid. */
  seconds?: number;
  /** Whether the service says how long. */
  saysSeconds?: boolean;
  /** `ghcr`: a token that was asked for one repository reads all of them. */
  scopes?: "strict" | "ghcr";
}

export type Auth = { kind: "none" } | ({ kind: "basic" } & Credentials) | TokenAuth;

export interface PageSize {
  /** Without it an unpaged listing is whole. */
  default?: number;
  maximum?: number;
  /** What becomes of `n` above the maximum. */
  beyond?: "clamp" | "refuse";
}

export interface RegistrySettings {
  auth: Auth;
  /** 400 comes without a challenge. Unknown tokens are answered in the same way. */
  expiredTokenAnswer: 401 | 400;
  /** 401 and 403 are those of registries that do not tell what is absent from what is private. */
  unknownPackage: 404 | 403 | 401;
  /** `redirect`: to a signed URL on another origin that takes no Authorization and no HEAD. */
  blobs: "direct" | "redirect";
  /** How long a signed URL is valid. */
  linkSeconds: number;
  pageSize: PageSize;
  /** How the next page is named; `opaque` is a token, and `last` is not understood. */
  link: "relative" | "absolute" | "opaque";
  /** GETs of manifests within so many seconds; HEAD is not counted. */
  manifestLimit: { gets: number; seconds: number } | undefined;
  /** `broken`: 303 to a page of another origin, which is of no use to a client. */
  referrers: "on" | "off" | "broken";
  catalog: "on" | "off";
  /** `exact`: 404 unless `Accept` names the manifest's own type; Distribution 2.8 lets no wildcard stand for OCI's. */
  accept: "any" | "exact";
  /** Milliseconds since 1970: what tokens, signed URLs and the manifest limit go by. */
  clock: () => number;
}

export interface RegistryOptions extends Partial<RegistrySettings> {
  port?: number;
}

export const defaultSettings: Readonly<RegistrySettings> = {
  auth: { kind: "none" },
  expiredTokenAnswer: 401,
  unknownPackage: 404,
  blobs: "direct",
  linkSeconds: 300,
  pageSize: {},
  link: "relative",
  manifestLimit: undefined,
  referrers: "on",
  catalog: "on",
  accept: "any",
  clock: Date.now,
};
