import {
  FEED_PATH,
  FeedLine,
  type PermitSecrets,
  Refusal,
  type RegistrySnapshot,
  signFeedToken,
  SUBJECT_PATH,
  SubjectAnswer,
} from "@truc/contracts";
import type { Logger } from "pino";
import { request } from "undici";
import { firstLine } from "./first-line.ts";
import { Remembered } from "./remembered.ts";

/** A role that counts today, and at which agency it is held; null for those that are no agency's. */
export interface HeldRole {
  readonly role: string;
  readonly agency: string | null;
}

/** What the audit process asks of the authority. */
export interface Authority {
  /** The registry as it was at most five seconds ago. @throws Refusal AUTHORITY_UNAVAILABLE */
  registry(): Promise<RegistrySnapshot>;
  /**
   * The roles somebody held at most two seconds ago; none for people who are suspended or unknown.
   * @param subject the opaque id in a permit's `person`
   * @throws Refusal AUTHORITY_UNAVAILABLE
   */
  rolesOf(subject: string): Promise<readonly HeldRole[]>;
}

export interface AuthorityOptions {
  /** Where the authority answers routers. */
  origin: string;
  /** Whom the authority's tokens name as issuer, to whom questions are made out; `origin`, unless it is elsewhere. */
  issuer?: string;
  /** Those that the authority shares with routers. */
  secrets: PermitSecrets;
  log?: Pick<Logger, "warn">;
  /** For tests: how long one question may take, milliseconds. */
  deadlineMs?: number;
  /** For tests: a clock that never goes back, milliseconds. */
  now?: () => number;
}

const REGISTRY_KEPT_MS = 5_000;
const ROLES_KEPT_MS = 2_000;
const MAX_PEOPLE = 10_000;
const DEADLINE_MS = 3_000;
/** A registry of a hundred thousand grants is shorter. */
const MAX_REGISTRY_BYTES = 128 * 1024 * 1024;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Asks the authority on its private addresses, as a router does, but only when something is looked up: nobody's rights
 * to data depend on the audit process, so it does not follow the feed, it reads the line with which the feed begins.
 */
export function openAuthority(options: AuthorityOptions): Authority {
  const now = options.now ?? (() => performance.now());
  const registries = new Remembered<RegistrySnapshot>({ keptMs: REGISTRY_KEPT_MS, max: 1, now });
  const people = new Remembered<readonly HeldRole[]>({
    keptMs: ROLES_KEPT_MS,
    max: MAX_PEOPLE,
    now,
  });
  return {
    registry: () => registries.get("", () => orUnavailable(readRegistry(options), options)),
    rolesOf: (subject) =>
      people.get(subject, () => orUnavailable(askRoles(options, subject), options)),
  };
}

async function readRegistry(options: AuthorityOptions): Promise<RegistrySnapshot> {
  const { statusCode, body } = await send(options, FEED_PATH, {
    method: "GET",
    headers: { accept: "application/x-ndjson" },
  });
  try {
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
    const line = FeedLine.safeParse(parsed(await firstLine(body, MAX_REGISTRY_BYTES)));
    if (!line.success || line.data.kind !== "snapshot")
      throw new Error("its feed does not begin with the registry");
    return line.data.snapshot;
  } finally {
    // The feed goes on for ever; who has its first line hangs up.
    body.on("error", () => {}).destroy();
  }
}

async function askRoles(options: AuthorityOptions, subject: string): Promise<readonly HeldRole[]> {
  const { statusCode, body } = await send(options, SUBJECT_PATH, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ subject }),
  });
  try {
    if (statusCode === 404) return [];
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
    const { status, roles } = SubjectAnswer.parse(parsed(await wholeText(body)));
    return status === "active" ? roles : [];
  } finally {
    body.on("error", () => {}).destroy();
  }
}

async function send(
  { origin, issuer = origin, secrets, deadlineMs = DEADLINE_MS }: AuthorityOptions,
  path: string,
  question: { method: "GET" | "POST"; headers: Record<string, string>; body?: string },
) {
  return await request(new URL(path, origin), {
    ...question,
    headers: {
      ...question.headers,
      authorization: `Bearer ${signFeedToken(issuer, secrets)}`,
    },
    signal: AbortSignal.timeout(deadlineMs),
  });
}

async function wholeText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("its answer is too long");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** The parser's own message would quote the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it answered with something else than JSON");
  }
}

async function orUnavailable<T>(answer: Promise<T>, { log }: AuthorityOptions): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log?.warn({ reason: reason.slice(0, 200) }, "the authority cannot be asked");
    throw new Refusal("AUTHORITY_UNAVAILABLE", {
      sentence: "The authority cannot be asked at the moment who may see this: try again shortly.",
      // Read off as a GraphQL error's extensions where a resolver throws it.
      extensions: { code: "AUTHORITY_UNAVAILABLE" },
      headers: { "retry-after": "5" },
      cause: error,
    });
  }
}
