import { createHash } from "node:crypto";
import { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import {
  SharedStateLost,
  type Allowance,
  type BudgetKind,
  type OnceKind,
  type SharedState,
  type Taken,
} from "./shared-state.ts";

/** A Redis that takes longer for one command is as good as none; every request waits for two. */
const COMMAND_MS = 500;
const CONNECT_MS = 1_000;
const BEAT_MS = 500;
/** A connection on which nothing arrives for so long, beats included, is given up for a new one. */
const DEAF_MS = 3_000;
const MAX_RETRY_MS = 1_000;
const MAX_ALLOWANCES = 10_000;

/**
 * Takes all the points or none. The package's own script adds first and looks afterwards, so that one operation too
 * large for what is left would use up what smaller ones could still have had.
 */
const TAKE_OR_LEAVE = `
local taken = tonumber(redis.call('get', KEYS[1]) or '0') + tonumber(ARGV[1])
if taken > tonumber(ARGV[3]) then return {taken, redis.call('pttl', KEYS[1])} end
redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
return {redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1])}
`;

/**
 * The state that routers share through one Redis. Keys begin with `truc:`; what callers choose stands in them as a
 * digest, grants by their id. While Redis does not answer, everything is refused at once with SharedStateLost; a beat
 * twice a second notices when it is back.
 */
export class RedisState implements SharedState {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #limiters = new LRUCache<string, RateLimiterRedis>({ max: MAX_ALLOWANCES });
  readonly #beat: NodeJS.Timeout;
  #lost = true;
  #closed = false;

  private constructor(redis: Redis, log: Logger) {
    this.#redis = redis;
    this.#log = log;
    redis.on("ready", () => void this.#tryIt());
    redis.on("close", () => this.#lose("the connection is closed"));
    // Told by what follows from it; without a listener it would end the process.
    redis.on("error", () => {});
    this.#beat = setInterval(() => void this.#tryIt(), BEAT_MS);
    this.#beat.unref();
  }

  /** Connects; a Redis that cannot be reached now may come later. @param url `redis:` or `rediss:` */
  static async open(url: string, log: Logger): Promise<RedisState> {
    const redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      commandTimeout: COMMAND_MS,
      socketTimeout: DEAF_MS,
      // What could not be done at once has been decided without Redis, and must not be done again later.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 50, MAX_RETRY_MS),
    });
    const state = new RedisState(redis, log);
    try {
      await redis.connect();
      await state.#tryIt();
    } catch {
      log.warn("Redis cannot be reached: budgets are not shared, and proofs of possession refused");
    }
    return state;
  }

  async take(
    kind: BudgetKind,
    id: string,
    points: number,
    { limit, seconds }: Allowance,
  ): Promise<Taken> {
    this.#refuseLost();
    try {
      await this.#limiter(kind, limit, seconds).consume(id, points);
      return { taken: true };
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw this.#lose(error);
      const { msBeforeNext } = error;
      // A window that nothing was taken of yet has no end.
      return { taken: false, retryMs: msBeforeNext > 0 ? msBeforeNext : seconds * 1000 };
    }
  }

  #limiter(kind: BudgetKind, limit: number, seconds: number): RateLimiterRedis {
    const size = `${kind} ${limit} ${seconds}`;
    const known = this.#limiters.get(size);
    if (known !== undefined) return known;
    const made = new RateLimiterRedis({
      storeClient: this.#redis,
      keyPrefix: `truc:budget:${kind}`,
      points: limit,
      duration: seconds,
      customIncrTtlLuaScript: TAKE_OR_LEAVE,
    });
    this.#limiters.set(size, made);
    return made;
  }

  async firstUse(kind: OnceKind, id: string, seconds: number): Promise<boolean> {
    this.#refuseLost();
    const digest = createHash("sha256").update(id).digest("base64url");
    try {
      const set = await this.#redis.set(`truc:once:${kind}:${digest}`, "", "EX", seconds, "NX");
      return set === "OK";
    } catch (error) {
      throw this.#lose(error);
    }
  }

  lost(): boolean {
    return this.#lost;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#beat);
    this.#redis.disconnect();
    await Promise.resolve();
  }

  #refuseLost(): void {
    if (this.#lost) throw new SharedStateLost("Redis does not answer");
  }

  #lose(cause: unknown): SharedStateLost {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!this.#lost && !this.#closed) this.#log.warn({ reason }, "Redis is lost");
    this.#lost = true;
    return new SharedStateLost("Redis does not answer", { cause });
  }

  /** A write, because a Redis that takes none is of no use here. */
  async #tryIt(): Promise<void> {
    if (this.#redis.status !== "ready" || this.#closed) return;
    try {
      await this.#redis.set("truc:beat", "", "EX", 60);
      if (this.#lost) this.#log.info("Redis answers");
      this.#lost = false;
    } catch (error) {
      this.#lose(error);
    }
  }
}
