import type { ChartMetadata } from "./chart-archive.ts";
import { paragraphs, prose } from "./prose.ts";
import { type Random, between, pick, seededRandom } from "./random.ts";
import type { YamlValue } from "./yaml-text.ts";

const kinds = ["operator", "exporter", "gateway", "cache", "queue", "database", "proxy", "agent", "console"];
const people = [
  "ada",
  "grace",
  "edsger",
  "barbara",
  "donald",
  "radia",
  "leslie",
  "margaret",
  "dennis",
  "frances",
];

/** The chart at a place in the repository, the same name for the same place. */
export function chartName(index: number, seed: string): string {
  const random = seededRandom(`${seed}/chart/${index}`);
  return `${pick(random, kinds)}-${String(index).padStart(3, "0")}`;
}

/**
 * Rising versions as a project releases them: several patches to a minor, ten minors to a major. The first
 * is 0.1.0: Helm's searches show what is greater than 0.0.0.
 */
export function chartVersion(index: number): string {
  const patches = 5;
  const minor = Math.floor(index / patches) + 1;
  return `${Math.floor(minor / 10)}.${minor % 10}.${index % patches}`;
}

/**
 * What Chart.yaml says, padded to an entry of about `entryBytes` in the index. Small entries are like those
 * of podinfo, large ones like those of publishers that write annotations for Artifact Hub.
 */
export function chartMetadata(
  name: string,
  version: string,
  entryBytes: number,
  seed: string,
): ChartMetadata {
  const random = seededRandom(`${seed}/${name}/${version}`);
  const home = `https://github.com/example/${name}`;
  const metadata: Record<string, YamlValue> = {
    appVersion: `${between(random, 0, 9)}.${between(random, 0, 30)}.${between(random, 0, 9)}`,
    description: prose(random, between(random, 30, 90)),
    home,
    type: "application",
  };
  // What the entry takes without the fields below, with its digest, time and URL.
  const left = Math.round((entryBytes - 420 - 2 * name.length) * (0.7 + random() * 0.6));
  if (left > 100) Object.assign(metadata, rich(random, home, left));
  return { ...metadata, apiVersion: "v2", name, version };
}

function rich(random: Random, home: string, bytes: number): Record<string, YamlValue> {
  const maintainers = Array.from({ length: Math.min(between(random, 1, 4), Math.ceil(bytes / 250)) }, () => {
    const person = pick(random, people);
    return { email: `${person}@example.com`, name: person, url: `https://github.com/${person}` };
  });
  const fields: Record<string, YamlValue> = {
    kubeVersion: ">=1.25.0-0",
    maintainers,
    sources: [home],
  };
  const left = bytes - 110 - 100 * maintainers.length;
  if (left < 150) return fields;
  fields["keywords"] = [prose(random, 8), prose(random, 8), pick(random, kinds)];
  fields["annotations"] = {
    "artifacthub.io/changes": paragraphs(random, left - 130),
    "artifacthub.io/license": "Apache-2.0",
    "artifacthub.io/prerelease": "false",
  };
  return fields;
}
