import { z } from "zod";
import { mirrorFile } from "./schema.ts";

/** The keys that a mapping of mirror.yaml may have; none where any are allowed. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = mirrorFile;
  for (const step of path) schema = below(bare(schema), step);
  const found = bare(schema);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function below(schema: unknown, step: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(step)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function bare(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}
