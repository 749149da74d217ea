/** Nothing can be begun: to be told in one line, with what to do about it. */
export class CannotRestore extends Error {
  override name = "CannotRestore";
}
