import { RegistryTokens } from "../../src/upstream/registry-tokens.ts";
import { type Asked, FakeNetwork, TokenGuard, at, open } from "./fake-registry.ts";

export const listing = (chart: string) =>
  at(`/v2/charts/${chart}/tags/list`, () => Response.json({ tags: ["1.0.0"] }));
export const pathOf = (chart: string) => `/v2/charts/${chart}/tags/list`;
export const charts = ["a", "b", "c", "d", "e", "f"];

/** A registry behind tokens, and a clock to turn. */
export function guarded(
  options: { life?: number; strict?: boolean; refusal?: (asked: Asked) => Response } = {},
) {
  const clock = { now: 1_000_000 };
  const now = () => clock.now;
  const guard = new TokenGuard({ now, ...options });
  const network = new FakeNetwork(...guard.handlers, ...charts.map(listing));
  const tokens = new RegistryTokens(now);
  const { registry, meter } = open(network, { now, tokens });
  return { clock, now, guard, network, tokens, registry, meter };
}
