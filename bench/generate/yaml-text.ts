/** What an index and a Chart.yaml are made of. Strings hold no control characters but "\n". */
export type YamlValue = YamlScalar | readonly YamlValue[] | { readonly [key: string]: YamlValue };

type YamlScalar = string | number | boolean;

/** libyaml's emitter, which go-yaml carries, breaks a line at the first space behind this column. */
const bestWidth = 80;

/**
 * Writes a mapping as Helm does (sigs.k8s.io/yaml over go-yaml): keys sorted, two spaces, list items not
 * indented under their key, strings plain where that reads back as a string.
 *
 * @param indent spaces before every line
 */
export function yamlMapping(mapping: { readonly [key: string]: YamlValue }, indent = 0): string {
  return Object.keys(mapping)
    .toSorted()
    .map((key) => `${" ".repeat(indent)}${scalar(key, 0, indent)}:${valueOf(key, mapping[key], indent)}`)
    .join("");
}

function valueOf(key: string, value: YamlValue | undefined, indent: number): string {
  if (value === undefined) return "\n";
  if (isList(value)) return value.length === 0 ? " []\n" : `\n${yamlItems(value, indent)}`;
  if (isMapping(value)) {
    return Object.keys(value).length === 0 ? " {}\n" : `\n${yamlMapping(value, indent + 2)}`;
  }
  return ` ${scalar(value, indent + scalar(key, 0, indent).length + 2, indent)}\n`;
}

/** The items of a list, `indent` spaces before each dash. */
export function yamlItems(items: readonly YamlValue[], indent: number): string {
  return items.map((item) => `${" ".repeat(indent)}- ${yamlItem(item, indent)}`).join("");
}

function yamlItem(item: YamlValue, indent: number): string {
  if (isMapping(item)) return yamlMapping(item, indent + 2).slice(indent + 2);
  if (isList(item)) return item.length === 0 ? "[]\n" : yamlItems(item, indent + 2).slice(indent + 2);
  return `${scalar(item, indent + 2, indent)}\n`;
}

const isList = (value: YamlValue): value is readonly YamlValue[] => Array.isArray(value);

const isMapping = (value: YamlValue): value is { readonly [key: string]: YamlValue } =>
  typeof value === "object" && !Array.isArray(value);

/** `column` is where the text begins, `indent` that of the line which it begins in. */
function scalar(value: YamlScalar, column: number, indent: number): string {
  if (typeof value !== "string") return String(value);
  if (value.includes("\n")) return literal(value, indent + 2);
  if (value === "" || readsAsSomethingElse(value)) return JSON.stringify(value);
  if (!plainIsSafe(value)) return folded(`'${value.replaceAll("'", "''")}'`, column, indent + 2);
  return folded(value, column, indent + 2);
}

function literal(text: string, indent: number): string {
  const body = text.replace(/\n$/, "");
  const lines = body.split("\n").map((line) => (line === "" ? "" : " ".repeat(indent) + line));
  return `|${text.endsWith("\n") ? "" : "-"}\n${lines.join("\n")}`;
}

/** What YAML 1.1, as go-yaml reads it, takes for a number, a boolean, null, a merge key or a time. */
const otherTypes = [
  /^[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$/,
  /^[-+]?0[xob][0-9a-fA-F_]+$/,
  /^[-+]?(\.inf|\.Inf|\.INF)$|^\.(nan|NaN|NAN)$/,
  /^(~|null|Null|NULL|<<|=)$/,
  /^(y|Y|n|N|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?$/,
  /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/,
];

const readsAsSomethingElse = (text: string): boolean => otherTypes.some((type) => type.test(text));

const plainIsSafe = (text: string): boolean =>
  !/^[#,[\]{}&*!|>'"%@`]|^[-?:](\s|$)|^(---|\.\.\.)|:(\s|$)|\s#|^\s|\s$/.test(text);

function folded(text: string, column: number, indent: number): string {
  if (column + text.length <= bestWidth) return text;
  let at = column;
  let result = "";
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    const alone = text.charAt(index - 1) !== " " && text.charAt(index + 1) !== " ";
    if (character === " " && alone && at > bestWidth) {
      result += `\n${" ".repeat(indent)}`;
      at = indent;
    } else {
      result += character;
      at += 1;
    }
  }
  return result;
}
