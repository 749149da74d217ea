/** The rows of the table with just these columns, by column; code is plain text. @throws where there is none */
export function markdownTable(markdown: string, columns: readonly string[]): Record<string, string>[] {
  const lines = markdown.split("\n");
  const begin = lines.findIndex((line) => cells(line).join("|") === columns.join("|"));
  if (begin === -1) throw new Error(`there is no table with the columns ${columns.join(", ")}`);
  const end = lines.findIndex((line, at) => at > begin && !line.startsWith("|"));
  return lines.slice(begin + 2, end === -1 ? undefined : end).map((line) => {
    const row = cells(line);
    if (row.length !== columns.length) throw new Error(`not a row of ${columns.length} cells: ${line}`);
    return Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ""]));
  });
}

const cells = (line: string): string[] =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("`", ""));
