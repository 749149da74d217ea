import { unpackTar } from "modern-tar";
import { gunzipSync } from "fflate";
import { parse } from "yaml";
import { goJson, sortedKeys } from "./go-json.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Chart.yaml of a packed chart. @throws {Error} where there is none */
export async function chartMetadata(archive: Uint8Array): Promise<Fields> {
  const files = await unpackTar(gunzipSync(archive));
  const file = files.find(({ header }) => /^[^/]+\/Chart\.yaml$/.test(header.name));
  const metadata: unknown = parse(new TextDecoder().decode(file?.data ?? new Uint8Array()));
  if (!isFields(metadata)) throw new Error("The archive holds no Chart.yaml");
  return metadata;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Helm's structs, in the order of their fields; what they do not have, `helm push` drops. */
const chartFields = (
  "name home sources version description keywords maintainers icon apiVersion " +
  "condition tags appVersion deprecated annotations kubeVersion dependencies type"
).split(" ");
const maintainerFields = ["name", "email", "url"];
const dependencyFields = "name version repository condition tags enabled import-values alias".split(" ");

/** The config of a chart's manifest, as Helm's Go writes Chart.yaml again. */
export function configJson(metadata: Fields): string {
  const { maintainers, dependencies, annotations } = metadata;
  return goJson(
    ordered(
      {
        ...metadata,
        ...withoutUndefined({
          maintainers: listOf(maintainers, (fields) => ordered(fields, maintainerFields)),
          dependencies: listOf(dependencies, dependencyJson),
          annotations: isFields(annotations) ? sortedKeys(annotations) : undefined,
        }),
      },
      chartFields,
    ),
  );
}

/** Name and repository stay even where they are empty. */
const dependencyJson = (fields: Fields): Fields => {
  const given = ordered(fields, dependencyFields);
  return pick(
    { ...given, name: fields["name"] ?? "", repository: fields["repository"] ?? "" },
    dependencyFields,
  );
};

/** Go's `omitempty`: nothing that is empty. */
function ordered(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(pick(fields, names)).filter(([, value]) => !isEmpty(value)));
}

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.flatMap((name) => (name in fields ? [[name, fields[name]]] : [])));

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isFields(value)) return Object.keys(value).length === 0;
  return value === "" || value === false || value === 0 || value === null || value === undefined;
}

const withoutUndefined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const listOf = (list: unknown, each: (fields: Fields) => Fields): Fields[] | undefined =>
  Array.isArray(list) ? list.filter(isFields).map(each) : undefined;
