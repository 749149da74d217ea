/**
 * `repositories/<name>/revisions/<revision>/contents.json`: the table of contents of a revision's index,
 * from which one chart's versions are a ranged read.
 */
export interface Contents {
  charts: Record<string, ChartContents>;
}

export interface ChartContents {
  /** Byte offset in index.json of the chart's first line, a JSON object. */
  offset: number;
  /** Length in bytes of all its lines with the `,\n` between them: put `[` and `]` around and it is a JSON array. */
  length: number;
  /** 32 hexadecimal digits: a digest over its lines, so it changes with them and with nothing else. */
  etag: string;
  /** Where the chart's lines stand in registry.txt, the `\n` behind the last one included. */
  registry: { offset: number; length: number };
  /** How many versions. */
  versions: number;
  /** The first one listed, which is the greatest. */
  newest: string;
  /** Its description, if it has one; at most 300 characters. */
  description?: string;
}
