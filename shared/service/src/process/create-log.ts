import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";

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
 * The structured log of a process: JSON lines with ISO times on standard output. Tokens, permits and variables are
 * redacted.
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
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_PATHS, censor: "[redacted]" },
    serializers: { err: describeError },
  };
  return destination === undefined ? pino(pinoOptions) : pino(pinoOptions, destination);
}

/** An error for the log, without what drivers hang onto it: the statement's parameters are personal data. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" && { code }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
