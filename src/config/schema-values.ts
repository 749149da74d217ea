import { z } from "zod";
import { byteSizePattern, readByteSize } from "./byte-size.ts";
import { type DurationRange, durationPattern, readDuration } from "./duration.ts";
import type { Reading } from "./reading.ts";

/** A text that `read` understands. For editors, `hints` say in JSON Schema what `read` will insist on. */
export function text<T>(read: (text: string) => Reading<T>, hints: Record<string, unknown> = {}) {
  const problem = (input: unknown): string | undefined => {
    if (typeof input !== "number" && typeof input !== "boolean") return undefined;
    const reading = read(String(input));
    return "problem" in reading ? reading.problem : undefined;
  };
  return z
    .string({ error: ({ input }) => problem(input) })
    .transform(valueOf(read))
    .meta(hints);
}

/** What `read` understands, whatever its type. For editors, `hints` say in JSON Schema what it will insist on. */
export const value = <T>(read: (written: unknown) => Reading<T>, hints: Record<string, unknown>) =>
  z.unknown().transform(valueOf(read)).meta(hints);

/** What was read, or the problem with it told where it stands. */
const valueOf =
  <W, T>(read: (written: W) => Reading<T>) =>
  (written: W, context: z.RefinementCtx<W>): T => {
    const reading = read(written);
    if ("value" in reading) return reading.value;
    context.addIssue(reading.problem);
    return z.NEVER;
  };

export const duration = (range: DurationRange, description: string) =>
  text((written) => readDuration(written, range), { description, pattern: durationPattern });

export const byteSize = (most: string, description: string) =>
  text((written) => readByteSize(written, most), { description, pattern: byteSizePattern });
