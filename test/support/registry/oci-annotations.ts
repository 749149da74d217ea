import { type Fields, isFields } from "./chart-metadata.ts";
import { sortedKeys } from "./go-json.ts";

/** The annotations that `helm push` makes of a chart's metadata, the chart's own ones added to them. */
export function ociAnnotations(metadata: Fields, created: string): Record<string, string> {
  const { name, version, description, home, sources, maintainers, annotations } = metadata;
  const made = {
    "org.opencontainers.image.description": description,
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.url": home,
    "org.opencontainers.image.created": created,
    "org.opencontainers.image.source": listOf(sources)[0],
    "org.opencontainers.image.authors": listOf(maintainers).filter(isFields).map(author).join(", "),
  };
  const own = isFields(annotations) ? annotations : {};
  const all = { ...made, ...own, ...titleAndVersion(made) };
  return sortedKeys(Object.fromEntries(Object.entries(all).flatMap(onlyText)));
}

/** A chart cannot replace these. */
const titleAndVersion = (made: Fields): Fields => ({
  "org.opencontainers.image.title": made["org.opencontainers.image.title"],
  "org.opencontainers.image.version": made["org.opencontainers.image.version"],
});

const author = ({ name = "", email = "" }: Fields): string =>
  `${String(name)}${email === "" ? "" : ` (${String(email)})`}`;

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const onlyText = ([key, value]: [string, unknown]): [string, string][] =>
  typeof value === "string" && value.trim() !== "" ? [[key, value]] : [];
