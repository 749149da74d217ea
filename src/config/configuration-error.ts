export interface ConfigProblem {
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  /** Like `repositories.podinfo.sources[0].url`; empty for the file as a whole. */
  path: string;
  /** What is wrong, and what to write instead. */
  message: string;
}

/** The operator's mistakes in a file, all of them, in the order of their places. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly ConfigProblem[];

  constructor(fileName: string, problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => describeProblem(fileName, problem)).join("\n"));
    this.problems = problems;
  }
}

/** One line, beginning with `file:line:column`, which terminals and editors turn into a link. */
function describeProblem(fileName: string, { line, column, path, message }: ConfigProblem): string {
  return `${fileName}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`;
}
