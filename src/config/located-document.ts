import {
  type Document,
  LineCounter,
  type Node,
  type Pair,
  type YAMLError,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from "yaml";

export type Path = readonly (string | number)[];

export interface Place {
  line: number;
  column: number;
}

export interface Mistake {
  place: Place;
  message: string;
}

/** A YAML text that knows where each of its values stands. */
export class LocatedDocument {
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;

  constructor(text: string) {
    // Keys as they are written: a repository may be called 1.10, or null, or yes.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, stringKeys: true });
  }

  /** Why the text has no value at all; empty when it has one. */
  get broken(): Mistake[] {
    const errors = this.#document.errors.filter((error) => error.code !== "DUPLICATE_KEY");
    const mistakes = errors.map((error) => ({ place: this.#at(error.pos[0]), message: sayBroken(error) }));
    return [...mistakes, ...this.#danglingAliases()];
  }

  /** Keys that stand twice in one mapping; the value goes on with the last of them. */
  get repeated(): Mistake[] {
    const errors = this.#document.errors.filter((error) => error.code === "DUPLICATE_KEY");
    const message = "this key stands in its mapping a second time; join the two, or remove one";
    return errors.map((error) => ({ place: this.#at(error.pos[0]), message }));
  }

  /** The plain value; only where nothing is broken. */
  value(): unknown {
    return this.#document.toJS();
  }

  /** Where a path's value stands, or what of it exists. */
  placeOf(path: Path): Place {
    return this.#at(this.#find(path).value);
  }

  /** Where a path's last key stands, or what of it exists. */
  placeOfKey(path: Path): Place {
    return this.#at(this.#find(path).key);
  }

  #find(path: Path): { key: number; value: number } {
    let node: unknown = this.#document.contents;
    let found = { key: 0, value: startOf(node) ?? 0 };
    for (const step of path) {
      const next = child(isAlias(node) ? node.resolve(this.#document) : node, step);
      if (next === undefined) return { ...found, value: found.key };
      node = isPair(next) ? next.value : next;
      const key = startOf(isPair(next) ? next.key : next) ?? found.value;
      found = { key, value: startOf(node) ?? key };
    }
    return found;
  }

  #danglingAliases(): Mistake[] {
    const mistakes: Mistake[] = [];
    visit(this.#document, {
      Alias: (_key, alias) => {
        if (alias.resolve(this.#document) !== undefined) return;
        const message = `*${alias.source} refers to an anchor that does not exist; put it in quotes if it is text`;
        mistakes.push({ place: this.#at(startOf(alias) ?? 0), message });
      },
    });
    return mistakes;
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function child(node: unknown, step: string | number): Pair | Node | undefined {
  if (isMap(node)) return node.items.findLast(({ key }) => isScalar(key) && key.value === step);
  if (!isSeq(node) || typeof step !== "number") return undefined;
  return node.get(step, true);
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

function sayBroken(error: YAMLError): string {
  if (error.code === "MULTIPLE_DOCS") return "a second document begins here; remove the `---`";
  if (error.code === "TAB_AS_INDENT") return "a tab indents this line; use spaces";
  const [reason = error.code] = error.message.split("\n");
  return `this is not YAML: ${reason}`;
}
