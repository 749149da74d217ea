import { createLogUpdate } from "log-update";
import type { RepositoryStatus } from "../src/storage/status.ts";
import { countsLine, isWorthALine, panelLines, problemLines, sourceNews } from "./progress.ts";

type Known = ReadonlyMap<string, RepositoryStatus | undefined>;

interface Painter {
  say(line: string): void;
  /** The counts of all repositories, of which the named one was `before` as it says. */
  paint(known: Known, repository: string, before: RepositoryStatus | undefined): void;
  close(): void;
}

/** Shows what the mirror does: repainted in place on a terminal, otherwise a line for each change. */
export class Display {
  readonly #painter: Painter;
  readonly #known: Map<string, RepositoryStatus | undefined>;
  readonly #told = new Set<string>();

  constructor(painter: Painter, repositories: readonly string[]) {
    this.#painter = painter;
    this.#known = new Map(repositories.map((name) => [name, undefined]));
  }

  /** A line that stays. */
  say(line: string): void {
    this.#painter.say(line);
  }

  /** A line that stays, unless it was said before. */
  sayOnce(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.say(line);
  }

  /** How a repository stands now. */
  show(repository: string, status: RepositoryStatus): void {
    const before = this.#known.get(repository);
    this.#known.set(repository, status);
    for (const line of sourceNews(repository, before, status)) this.say(line);
    for (const line of problemLines(repository, status)) this.sayOnce(line);
    this.#painter.paint(this.#known, repository, before);
  }

  close(): void {
    this.#painter.close();
  }
}

export function painterFor(screen: NodeJS.WriteStream): Painter {
  return isPaintable(screen) ? panel(screen) : plainLines(screen);
}

/** Whether lines can be repainted in place. A terminal of unknown size says 0 × 0, and nothing fits into that. */
export const isPaintable = (screen: NodeJS.WriteStream): boolean =>
  screen.isTTY && screen.columns > 0 && screen.rows > 0;

function panel(screen: NodeJS.WriteStream): Painter {
  const update = createLogUpdate(screen);
  return {
    say: (line) => update.persist(line),
    paint: (known) => update(panelLines([...known], screen).join("\n")),
    close: () => update.done(),
  };
}

/** For logs: neither control characters nor a line for every archive. */
function plainLines(screen: NodeJS.WriteStream): Painter {
  const say = (line: string) => void screen.write(`${line}\n`);
  return {
    say,
    paint(known, repository, before) {
      const status = known.get(repository);
      if (status !== undefined && isWorthALine(before, status)) say(`${repository}: ${countsLine(status)}`);
    },
    close: () => undefined,
  };
}
