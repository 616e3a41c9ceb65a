import {
  AUDIT_KEYS_PATH,
  AuditKeys,
  signAuditToken,
  type MonthKeys,
  type PermitSecrets,
} from "@truc/contracts";
import type { Logger } from "pino";
import { request } from "undici";
import { KeyRing, type MonthKeySource } from "./month-keys.ts";

const DEADLINE_MS = 5_000;
const MAX_BYTES = 64 * 1024;
const RETRY_MS = [200, 500, 1_000, 2_000, 5_000] as const;
/** While nothing is missing it is seen so often whether something will be. */
const LOOK_EVERY_MS = 60_000;
/** Until when the keys of later months are wanted. */
const AHEAD_MS = 14 * 24 * 60 * 60 * 1_000;

/**
 * Asked for at the audit process, at the start and again two weeks before the last known month ends; in between it may
 * be down.
 */
export class FetchedMonthKeys implements MonthKeySource {
  readonly #options: { origin: string; secrets: PermitSecrets; log: Logger };
  readonly #now: () => number;
  readonly #known = new KeyRing();
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  /**
   * @param options.origin the audit process's address, without path
   * @param options.secrets shared with it
   */
  constructor(options: {
    origin: string;
    secrets: PermitSecrets;
    log: Logger;
    /** For tests. */
    now?: () => number;
  }) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#following = this.#follow();
  }

  of(time: number): MonthKeys | undefined {
    return this.#known.of(time);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const now = this.#now();
      let wait: number = LOOK_EVERY_MS;
      if (this.of(now) === undefined || this.of(now + AHEAD_MS) === undefined) {
        if (await this.#fetch()) failures = 0;
        else wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]!;
      }
      await this.#pause(wait);
    }
  }

  /** @returns whether the keys came */
  async #fetch(): Promise<boolean> {
    const { origin, secrets, log } = this.#options;
    try {
      const { statusCode, body } = await request(new URL(AUDIT_KEYS_PATH, origin), {
        headers: { authorization: `Bearer ${signAuditToken(origin, secrets)}` },
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(DEADLINE_MS)]),
      });
      if (statusCode !== 200) {
        await body.dump({ limit: MAX_BYTES });
        throw new Error(`it answered ${statusCode}`);
      }
      for (const { month, pseudonyms, digests } of AuditKeys.parse(await body.json()).months) {
        this.#known.add({
          month,
          pseudonyms: Buffer.from(pseudonyms, "base64url"),
          digests: Buffer.from(digests, "base64url"),
        });
      }
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted) return false;
      const reason = error instanceof Error ? error.message.slice(0, 200) : String(error);
      log.error({ reason }, "the audit process does not give the months' keys");
      return false;
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        // The signal lives as long as the process: nothing is to be left there.
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms).unref();
      signal.addEventListener("abort", end);
    });
  }
}
