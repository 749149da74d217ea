/** Whether more and more waits: what was seen of it at hourly marks. */
export interface Backlog {
  /** When the last mark was set, in milliseconds since 1970. */
  at: number;
  /** Versions that waited at the last two marks, the older one first. */
  marks: [number, number];
  growing: boolean;
}

const hour = 3_600_000;

/**
 * A backlog is growing when more versions wait than an hour before, and in another hour none of that was worked
 * off. A large number at once, as a first fill brings it, is not growing while it becomes smaller.
 *
 * @param pending versions that wait to be read or copied
 * @returns `before` itself where there is nothing new to remember
 */
export function observeBacklog(before: Backlog | undefined, pending: number, now: number): Backlog {
  if (before === undefined) return { at: now, marks: [pending, pending], growing: false };
  if (now - before.at < hour) {
    return pending === 0 && before.growing ? { ...before, growing: false } : before;
  }
  const [older, newer] = before.marks;
  if (pending === 0 && older === 0 && newer === 0) return before; // an idle repository writes nothing
  const grew = newer > older || before.growing;
  return { at: now, marks: [newer, pending], growing: grew && pending > 0 && pending >= newer };
}
