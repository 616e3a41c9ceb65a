import { catalogueError } from "@truc/contracts";
import type * as z from "zod";
import { plainIssue } from "./plain-issue.ts";

/**
 * Reads what the registry is told by its form.
 * @throws REGISTRY_INPUT_INVALID naming the first part that is wrong, without repeating it
 */
export function readInput<T>(form: z.ZodType<T>, value: unknown): T {
  const result = form.safeParse(value, { error: plainIssue });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue!.path.join(".");
  throw catalogueError("REGISTRY_INPUT_INVALID", {
    sentence: `What the registry was told is wrong${place === "" ? "" : ` at ${place}`}: ${issue!.message}.`,
    extensions: { argument: place },
  });
}
