import {
  Refusal,
  signFeedToken,
  SUBJECT_PATH,
  SubjectAnswer,
  type PermitSecrets,
} from "@truc/contracts";
import type { Logger } from "pino";
import { request } from "undici";
import type * as z from "zod";
import { challenge } from "../authenticate/challenge.ts";
import type { Registry } from "../registry/registry.ts";
import { SharedAnswers } from "./shared-answers.ts";

/** A role a person holds today, and at which agency; null for those that are no agency's. */
export type HeldRole = Person["roles"][number];
type Person = z.output<typeof SubjectAnswer>;

const KEPT_SECONDS = 60;
const DEADLINE_MS = 3_000;
const MAX_BYTES = 64 * 1024;

/** Asks the authority which person the opaque `sub` of a token means. No PIN ever stands in a token. */
export class SubjectResolver {
  readonly #options: { authority: string; issuer: string; secrets: PermitSecrets; log: Logger };
  readonly #answers = new SharedAnswers<Person>();

  /** @param options where the authority is, whom its tokens name as issuer, and the secrets of its private addresses */
  constructor(options: { authority: string; issuer: string; secrets: PermitSecrets; log: Logger }) {
    this.#options = options;
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

  async #ask(subject: string): Promise<Person> {
    const { authority, issuer, secrets, log } = this.#options;
    try {
      const { statusCode, body } = await request(new URL(SUBJECT_PATH, authority), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${signFeedToken(issuer, secrets)}`,
        },
        body: JSON.stringify({ subject }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      if (statusCode !== 200) {
        await body.dump({ limit: MAX_BYTES });
        if (statusCode === 404) throw revoked();
        throw new Error(`it answered ${statusCode}`);
      }
      return SubjectAnswer.parse(await body.json());
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason: reason.slice(0, 200) }, "the authority does not say who is signed in");
      throw new Refusal("AUTHORITY_UNAVAILABLE", {
        sentence:
          "The authority cannot be asked at the moment who is signed in: try again shortly.",
        headers: { "retry-after": "5" },
        cause: error,
      });
    }
  }
}

function revoked(): Refusal {
  return new Refusal("TOKEN_REVOKED", { headers: challenge("Bearer", "invalid_token", "revoked") });
}
