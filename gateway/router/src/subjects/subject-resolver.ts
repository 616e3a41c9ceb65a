import { Refusal, SUBJECT_PATH, SubjectAnswer, type PermitSecrets } from "@truc/contracts";
import type { Logger } from "pino";
import type * as z from "zod";
import { challenge } from "../authenticate/challenge.ts";
import { openTransport } from "../http/open-transport.ts";
import { post } from "../http/post.ts";
import type { Transport } from "../http/transport.ts";
import type { Registry } from "../registry/registry.ts";
import { ReusedFeedToken } from "./reused-feed-token.ts";
import { SharedAnswers } from "./shared-answers.ts";

/** A role a person holds today, and at which agency; null for those that are no agency's. */
export type HeldRole = Person["roles"][number];
type Person = z.output<typeof SubjectAnswer>;

const KEPT_SECONDS = 60;
/** From when the authority is asked to the last byte of its answer. */
const DEADLINE_MS = 3_000;
const MAX_BYTES = 64 * 1024;
const SWEEP_EVERY_MS = 10_000;

/** Asks the authority which person the opaque `sub` of a token means. No PIN ever stands in a token. */
export class SubjectResolver {
  readonly #transport: Transport;
  readonly #token: ReusedFeedToken;
  readonly #log: Logger;
  readonly #deadlineMs: number;
  readonly #sweeping: NodeJS.Timeout;
  readonly #answers = new SharedAnswers<Person>();

  /** @param options where the authority is, whom its tokens name as issuer, and the secrets of its private addresses */
  constructor(options: {
    authority: string;
    issuer: string;
    secrets: PermitSecrets;
    log: Logger;
    /** For tests. */
    deadlineMs?: number;
  }) {
    const address = new URL(SUBJECT_PATH, options.authority);
    this.#transport = openTransport(address, { "content-type": "application/json" });
    this.#token = new ReusedFeedToken(options.issuer, options.secrets);
    this.#log = options.log;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#sweeping = setInterval(() => this.#transport.sweep(), SWEEP_EVERY_MS).unref();
  }

  /**
   * The person's PIN; undefined for people who have none here (staff).
   * @throws Refusal TOKEN_REVOKED for somebody suspended or unknown, AUTHORITY_UNAVAILABLE
   */
  async pinOf(subject: string): Promise<string | undefined> {
    return (await this.#personOf(subject)).pin ?? undefined;
  }

  /**
   * The person's roles; one that was given or taken counts here a minute later at most.
   * @throws as {@link pinOf}
   */
  async rolesOf(subject: string): Promise<readonly HeldRole[]> {
    return (await this.#personOf(subject)).roles;
  }

  async #personOf(subject: string): Promise<Person> {
    const person = await this.#answers.get(subject, async () => {
      const value = await this.#ask(subject);
      return { value, seconds: value.status === "active" ? KEPT_SECONDS : 0 };
    });
    if (person.status === "suspended") throw revoked();
    return person;
  }

  /** Forgets who is suspended, so that nothing of them is used when they are let in again. */
  forgetSuspended({ suspendedSubjects }: Registry): void {
    for (const subject of suspendedSubjects) this.#answers.drop(subject);
  }

  /** Closes the connections to the authority, once nobody asks any more. */
  close(): void {
    clearInterval(this.#sweeping);
    this.#transport.close();
  }

  async #ask(subject: string): Promise<Person> {
    try {
      const { status, text } = await post(
        this.#transport,
        {
          body: JSON.stringify({ subject }),
          headers: { authorization: `Bearer ${this.#token.text}` },
        },
        { deadlineMs: this.#deadlineMs, maxBytes: MAX_BYTES },
      );
      if (status === 404) throw revoked();
      if (status !== 200) throw new Error(`it answered ${status}`);
      return personIn(text);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.error(
        { reason: reason.slice(0, 200) },
        "the authority does not say who is signed in",
      );
      throw new Refusal("AUTHORITY_UNAVAILABLE", {
        sentence:
          "The authority cannot be asked at the moment who is signed in: try again shortly.",
        headers: { "retry-after": "5" },
        cause: error,
      });
    }
  }
}

/** @throws Error that does not quote the answer, as those of the parser and of zod may: it goes to the log */
function personIn(text: string): Person {
  const person = SubjectAnswer.safeParse(jsonOf(text));
  if (!person.success) throw new Error("it answered with something else than a person");
  return person.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function revoked(): Refusal {
  return new Refusal("TOKEN_REVOKED", { headers: challenge("Bearer", "invalid_token", "revoked") });
}
