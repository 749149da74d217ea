import type { Path } from "./located-document.ts";

/** What is wrong with the value at a path. */
export interface Finding {
  path: Path;
  message: string;
  /** Where the finding is about the key, not about its value. */
  atKey?: boolean;
}
