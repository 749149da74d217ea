import type { Finding } from "./finding.ts";
import { keysOf } from "./keys-of.ts";
import { whyNotKnown } from "./repository-name.ts";

/** How repositories are made of sources, or of each other. */
export function checkMembers(repositories: Map<string, unknown>): Finding[] {
  return [
    ...[...repositories].flatMap(([name, repository]) => checkOrigin(name, repository)),
    ...[...repositories.keys()].flatMap((name) => checkNames(name, repositories)),
    ...findCycles(repositories),
  ];
}

/** Exactly one of the two: a merged repository with sources of its own would need an order between both lists. */
function checkOrigin(name: string, repository: unknown): Finding[] {
  if (typeof repository !== "object" || repository === null || Array.isArray(repository)) return [];
  const keys = keysOf(repository);
  const path = ["repositories", name];
  if (!keys.has("sources") && !keys.has("members")) {
    const message = "is missing; add `sources: …` here, or `members: …` for one made of other repositories";
    return [{ path: [...path, "sources"], message }];
  }
  if (!keys.has("sources") || !keys.has("members")) return [];
  const message =
    "a repository has either `sources` or `members`; make the sources a repository of their own, and name it here";
  return [{ path: [...path, "members"], message, atKey: true }];
}

function checkNames(name: string, repositories: Map<string, unknown>): Finding[] {
  const seen = new Set<string>();
  const others = [...repositories.keys()].filter((other) => other !== name);
  return membersOf(repositories.get(name)).flatMap(([position, member]): Finding[] => {
    const path = ["repositories", name, "members", position];
    if (member === name) return [{ path, message: "a repository cannot be its own member; remove it" }];
    if (!repositories.has(member)) return [{ path, message: whyNotKnown(member, others) }];
    if (seen.has(member)) {
      return [{ path, message: `${member} is a member of this repository already; remove this one` }];
    }
    seen.add(member);
    return [];
  });
}

/** One finding for each way back, where a walk in the order of the file comes upon it. */
function findCycles(repositories: Map<string, unknown>): Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  const walk = (name: string, way: readonly string[]): void => {
    for (const [position, member] of membersOf(repositories.get(name))) {
      if (member === name || done.has(member)) continue;
      const start = way.indexOf(member);
      if (start === -1) walk(member, [...way, member]);
      else findings.push(cycle(name, position, [...way.slice(start), member]));
    }
    done.add(name);
  };
  for (const name of repositories.keys()) if (!done.has(name)) walk(name, [name]);
  return findings;
}

function cycle(name: string, position: number, way: readonly string[]): Finding {
  const message = `this leads back to where it came from: ${way.join(" → ")}; remove one of these members`;
  return { path: ["repositories", name, "members", position], message };
}

/** With their positions; what is no name is the schema's to tell. */
function membersOf(repository: unknown): [position: number, member: string][] {
  const written = keysOf(repository).get("members");
  if (!Array.isArray(written)) return [];
  return written.flatMap((member: unknown, position): [number, string][] =>
    typeof member === "string" ? [[position, member]] : [],
  );
}
