import type { Logger } from "pino";
import type * as z from "zod";

/** A process that runs. */
export interface RunningService {
  /** Where it answers, without trailing slash: http://127.0.0.1:4011 */
  url: string;
  /** What it cannot do at the moment ("database"); empty when it is ready. */
  notReady(): Promise<string[]>;
  /** Lets requests under way finish, then closes everything. */
  stop(): Promise<void>;
}

/** What the frame gives every process. */
export interface Frame {
  log: Logger;
}

/** One kind of process: its settings as environment variables, and how it starts. */
export interface ServiceDefinition<S> {
  /** Its name in logs. */
  name: string;
  /** Reads the environment; made of the pieces in settings.ts. */
  settings: z.ZodType<S>;
  /** Whether its process keeps through a pause what it has taken for new objects (infra/docs/decisions/0052-nothing-given-back-in-a-pause.md). */
  readonly keepsRoom?: boolean;
  /** @throws StartupError for what its user can put right */
  start(settings: S, frame: Frame): Promise<RunningService>;
}

export function defineService<S>(definition: ServiceDefinition<S>): ServiceDefinition<S> {
  return definition;
}
