import * as z from "zod";
import { dialectOf } from "../database/dialect.ts";
import { StartupError } from "../startup-error.ts";

const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;

/** Whole number in a range, out of an environment variable's text. */
function integer(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^-?\d{1,15}$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule);
}

/** Pieces that services make their settings of, each out of one environment variable's text. */
export const settings = {
  port: integer(0, 65_535).describe("The port to listen on; 0 lets the system choose a free one."),
  host: z
    .string()
    .min(1, "must be an address to listen on")
    .default("127.0.0.1")
    .describe("The address to listen on; this machine only unless it is set."),
  databaseUrl: z
    .string("must be set to the database's URL")
    .refine(
      (url) => dialectOf(url) !== null && URL.canParse(url),
      "must be a URL that begins with postgresql:// or mariadb://",
    )
    .describe("The database: `postgresql://…` or `mariadb://…` decides its kind."),
  url: z
    .string()
    .refine(
      (url) => /^https?:\/\//.test(url) && URL.canParse(url),
      "must be a URL that begins with http:// or https://",
    ),
  filePath: z.string().min(1, "must be the path of a file"),
  directory: z.string().min(1, "must be the path of a directory"),
  logLevel: z
    .enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`)
    .default("info")
    .describe(`How much is logged: ${LOG_LEVELS.join(", ")}.`),
  integer,
  nodeEnv: z
    .enum(["production", "development", "test"], "must be production, development or test")
    .default("production")
    .describe("`production` tells callers less: no suggestions of the schema's names."),
};

/**
 * Reads a service's settings out of an environment; variables it does not know are ignored, and an empty one counts
 * as unset.
 * @throws StartupError naming the first variable that is wrong
 */
export function readSettings<S>(
  schema: z.ZodType<S>,
  environment: Record<string, string | undefined>,
): S {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? "");
  const missing = given[name] === undefined;
  throw new StartupError(
    missing && !issue?.message.startsWith("must")
      ? `The setting ${name} is missing.`
      : `The setting ${name} ${missing ? "is missing: it " : ""}${issue?.message}.`,
  );
}
