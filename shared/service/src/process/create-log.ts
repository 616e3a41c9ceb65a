import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";
import { standardOutput } from "./gathered-lines.ts";

/** What never reaches a log, wherever a careless line might carry it. */
const SECRET_PATHS = [
  "authorization",
  "permit",
  "variables",
  "token",
  "secret",
  "password",
  "headers.authorization",
  "headers.cookie",
  'headers["x-permit"]',
  "extensions.permit",
  "req.headers.authorization",
  "req.headers.cookie",
  'req.headers["x-permit"]',
];

/**
 * The structured log of a process: JSON lines with ISO times on standard output, written some milliseconds' worth at a
 * time (gathered-lines.ts). Tokens, permits and variables are redacted.
 * @param options.destination where the lines go instead, for tests
 */
export function createLog(options: {
  name: string;
  level?: string;
  destination?: DestinationStream;
}): Logger {
  const { name, level = "info", destination } = options;
  const pinoOptions: LoggerOptions = {
    name,
    level,
    base: { name, pid: process.pid },
    timestamp: isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_PATHS, censor: "[redacted]" },
    serializers: { err: describeError },
  };
  return pino(pinoOptions, destination ?? standardOutput());
}

/** The second that was written last, by its number; a log has many lines of one. */
let second = { number: Number.NaN, text: "" };

/** The present moment as a member of a line, in ISO's form. */
function isoTime(): string {
  const now = Date.now();
  const number = Math.floor(now / 1_000);
  if (number !== second.number)
    second = { number, text: new Date(number * 1_000).toISOString().slice(0, -4) };
  return `,"time":"${second.text}${String(now - number * 1_000).padStart(3, "0")}Z"`;
}

/** An error for the log, without what drivers hang onto it: the statement's parameters are personal data. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  if (isDriverError(error)) return describeDriverError(error);
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" && { code }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}

/** What PostgreSQL's and MariaDB's drivers say of an error, in so far as it holds names of the schema and no values. */
interface DriverError extends Error {
  code?: unknown;
  errno?: unknown;
  sqlState?: unknown;
  severity?: unknown;
  table?: unknown;
  column?: unknown;
  constraint?: unknown;
}

const DRIVER_FACTS = [
  "code",
  "errno",
  "sqlState",
  "severity",
  "table",
  "column",
  "constraint",
] as const satisfies (keyof DriverError)[];

/** Whether a database server said it: its messages quote values ("invalid input syntax for type integer: …"). */
function isDriverError(error: DriverError): boolean {
  const { code, sqlState, severity } = error;
  return (
    typeof sqlState === "string" ||
    typeof severity === "string" ||
    (typeof code === "string" && /^([0-9A-Z]{5}|ER_\w+)$/.test(code) && !/^E[A-Z]+$/.test(code))
  );
}

function describeDriverError(error: DriverError): unknown {
  const facts = DRIVER_FACTS.flatMap((name) => {
    const value = error[name];
    return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
  });
  return {
    type: error.name,
    ...(Object.fromEntries(facts) as object),
    stack: framesOf(error),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}

/** The stack without the message before it, which may have lines of its own; nothing when it is not found there. */
function framesOf({ stack = "", message }: Error): string | undefined {
  const at = stack.indexOf(message);
  return at === -1
    ? undefined
    : stack
        .slice(at + message.length)
        .split("\n")
        .filter((line) => /^\s+at /.test(line))
        .join("\n");
}
