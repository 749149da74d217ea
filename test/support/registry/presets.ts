import type { RegistryOptions } from "./options.ts";

/** In the manner of real registries, as far as it matters to a client that pulls. */
export const presets = {
  plain: {},
  /** Tokens for everything, even what is public; blobs on another host; no usable referrers, no catalog. */
  ghcr: {
    auth: { kind: "token", scopes: "ghcr", saysSeconds: false },
    unknownPackage: 403,
    blobs: "redirect",
    pageSize: { default: 100 },
    referrers: "broken",
    catalog: "off",
  },
  /** The token service is another origin; 100 manifests in six hours. */
  dockerHub: {
    auth: { kind: "token", service: "origin" },
    unknownPackage: 401,
    blobs: "redirect",
    manifestLimit: { gets: 100, seconds: 6 * 3600 },
    referrers: "off",
    catalog: "off",
  },
  quay: {
    auth: { kind: "token" },
    unknownPackage: 401,
    blobs: "redirect",
    pageSize: { default: 50, maximum: 100, beyond: "clamp" },
    link: "opaque",
  },
  ecr: {
    auth: { kind: "token", saysSeconds: false },
    expiredTokenAnswer: 400,
    blobs: "redirect",
    pageSize: { default: 100, maximum: 1000, beyond: "refuse" },
    catalog: "off",
  },
} satisfies Record<string, RegistryOptions>;
