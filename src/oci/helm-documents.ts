import { goList, goMap, goStruct, goText, goValue } from "./go-json.ts";
import { isList, isObject } from "./json.ts";

type Fields = Readonly<Record<string, unknown>>;
type FieldJson = (value: unknown) => string;

/** Helm's structs, each field under its name in JSON and in their order (`pkg/chart/v2`). */
const maintainerFields = ["name", "email", "url"];
const dependencyFields = "name version repository condition tags enabled import-values alias".split(" ");
const chartFields = (
  "name home sources version description keywords maintainers icon apiVersion " +
  "condition tags appVersion deprecated annotations kubeVersion dependencies type"
).split(" ");

const nested: Readonly<Record<string, FieldJson>> = {
  maintainers: (list) => structs(list, maintainerFields),
  dependencies: (list) => structs(list, dependencyFields),
};

/**
 * The config of a chart's manifest: its metadata as Go's `json.Marshal` writes it (helm/helm, `pkg/registry`,
 * `Client.Push`). What Helm's structs do not have is left out.
 */
export const configJson = (metadata: Fields): string =>
  goStruct(fieldsOf(metadata, chartFields, (name) => nested[name] ?? goValue));

function structs(list: unknown, names: readonly string[]): string {
  const items = isList(list) ? list : [];
  return goList(items, (item) => goStruct(fieldsOf(isObject(item) ? item : {}, names, () => goValue)));
}

const fieldsOf = (values: Fields, names: readonly string[], writer: (name: string) => FieldJson) =>
  names.map((name) => {
    const value = values[name];
    return [name, value === undefined ? undefined : writer(name)(value)] as const;
  });

const title = "org.opencontainers.image.title";
const version = "org.opencontainers.image.version";

/**
 * The annotations of a chart's manifest (helm/helm, `generateOCIAnnotations`): what the chart says of itself,
 * unless it is blank, and then the chart's own annotations, blank ones too, in place of all but two of those.
 */
export function annotationsJson(metadata: Fields, created: unknown): string {
  const { sources, maintainers, annotations } = metadata;
  const own = Object.entries(isObject(annotations) ? annotations : {});
  const said = {
    "org.opencontainers.image.description": metadata["description"],
    [title]: metadata["name"],
    [version]: metadata["version"],
    "org.opencontainers.image.url": metadata["home"],
    "org.opencontainers.image.created": created,
    "org.opencontainers.image.source": isList(sources) ? sources[0] : undefined,
    "org.opencontainers.image.authors": isList(maintainers) ? maintainers.map(author).join(", ") : undefined,
  };
  return goMap(
    Object.fromEntries([
      ...Object.entries(said).filter(([, value]) => typeof value === "string" && !isBlank(value)),
      ...own.filter(([key, value]) => typeof value === "string" && key !== title && key !== version),
    ]),
  );
}

function author(maintainer: unknown): string {
  const { name, email } = isObject(maintainer) ? maintainer : {};
  const address = typeof email === "string" && email !== "" ? ` (${email})` : "";
  return `${typeof name === "string" ? name : ""}${address}`;
}

/** Go's `unicode.IsSpace`, which is not what JavaScript trims: U+0085 is a space, U+FEFF is none. */
const isBlank = (text: string): boolean =>
  /^[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]*$/.test(text);

/** OCI image-spec, "Content Descriptors", as Go writes one without anything optional. @param digest hex */
export const descriptorJson = (mediaType: string, digest: string, size: number): string =>
  goStruct([
    ["mediaType", goText(mediaType)],
    ["digest", goText(`sha256:${digest}`)],
    ["size", String(size)],
  ]);
