/** An index as `PublishedCharts` writes it, otherwise: all of them are of one chart. */

const entryStart = "\n  - ";

/** Without so many of its entries, the oldest. */
export const without =
  (count: (all: number) => number) =>
  (text: string): string => {
    const [head = "", ...entries] = text.split(entryStart);
    return [head, ...entries.slice(count(entries.length))].join(entryStart);
  };

/** The first part of it. */
export const share =
  (part: number) =>
  (text: string): string =>
    text.slice(0, Math.floor(text.length * part));

/** Every entry gets a field. @param value as it stands in YAML, in one line or indented by four spaces */
export const withField =
  (key: string, value: string) =>
  (text: string): string =>
    text.replaceAll(entryStart, `${entryStart}${key}: ${value}\n    `);

/** One more entry, before all others. @param fields each as it stands in YAML, in one line */
export const oneMoreEntry =
  (...fields: string[]) =>
  (text: string): string =>
    text.replace(/^ {2}\S+:$/m, (key) => `${key}${entryStart}${fields.join("\n    ")}`);

/** So many entries whose archives are nowhere. */
export const deadEntries =
  (count: number) =>
  (text: string): string => {
    const chart = chartOf(text);
    const lines = Array.from({ length: count }, (_, minor) => {
      const digest = minor.toString(16).padStart(64, "0");
      return `  - {name: ${chart}, version: 0.${minor}.0, digest: "${digest}", urls: [dead/${minor}.tgz]}\n`;
    });
    return text + lines.join("");
  };

/** Other digests, of nothing that exists: of every entry, or of the first so many. */
export const otherDigests =
  (count = Number.POSITIVE_INFINITY) =>
  (text: string): string => {
    let seen = 0;
    return text.replaceAll(/digest: \S/g, (found) => {
      seen += 1;
      return seen > count ? found : `digest: ${found.endsWith("0") ? "1" : "0"}`;
    });
  };

const chartOf = (text: string): string => /^ {2}(\S+):$/m.exec(text)?.[1] ?? "";

/** The document as JSON, with something in the place of its entries. */
export const asJson = (entries: unknown): string => JSON.stringify({ apiVersion: "v1", entries });

/** Nine times nine times … nine: a billion words in a kilobyte. */
export const aliasBomb = (): string => {
  const levels = "abcdefghi".split("").map((name, at, all) => {
    const inner = at === 0 ? "lol" : `*${all[at - 1]}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(", ")}]`;
  });
  return `apiVersion: v1\n${levels.join("\n")}\nentries:\n  web: *i\n`;
};

export const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

export const conflict = (text: string): string =>
  `apiVersion: v1\n<<<<<<< HEAD\nentries: {}\n=======\n${text}>>>>>>> gh-pages\n`;

export const utf16 = (text: string): Uint8Array => Buffer.from(`\ufeff${text}`, "utf16le");

/** 0xff stands in no UTF-8 text. */
export const notUtf8 = (text: string): Uint8Array =>
  Buffer.from(text.replace("description: ", "description: \u00ff"), "latin1");
