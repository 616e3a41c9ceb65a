import { readFileSync } from "node:fs";
import { type Permit, PERMIT_MAX_SECONDS, PermitSecrets, verifyPermit } from "@truc/contracts";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { lastChange } from "../last-change.ts";
import { StartupError } from "../startup-error.ts";
import { CursorSeal } from "./cursor-seal.ts";

/** A permit that has been checked, with its scopes as a set. */
export interface VerifiedPermit {
  permit: Permit;
  scopes: ReadonlySet<string>;
}

const MAX_PERMITS = 10_000;
const LOOK_EVERY_MS = 1_000;

/** A permit that was read, and when first, by the monotonic clock in milliseconds. */
interface Known {
  readonly since: number;
  /** Undefined once the secret it was checked by may have been withdrawn. */
  verified: VerifiedPermit | undefined;
}

/**
 * Checks permits made out to one subgraph; the same text is checked once as long as it is valid, and refused a minute
 * after it was first read, also when the wall clock was set back meanwhile. The file of secrets is
 * read again within a second of its change, so that secrets rotate without a restart; a withdrawn one takes the permits
 * known under it along. A file that has become wrong is reported, and the secrets of before stay.
 */
export class PermitReader {
  readonly #subgraph: string;
  readonly #path: string;
  readonly #log: Logger;
  readonly #known = new LRUCache<string, Known>({ max: MAX_PERMITS });
  #secrets: PermitSecrets;
  #cursors: CursorSeal;
  #changed: number;
  #looked = 0;

  /** @throws StartupError when the file cannot be read or holds no secrets */
  constructor(subgraph: string, path: string, log: Logger) {
    this.#subgraph = subgraph;
    this.#path = path;
    this.#log = log;
    this.#secrets = readPermitSecrets(path);
    this.#cursors = new CursorSeal(subgraph, this.#secrets);
    this.#changed = lastChange(path);
  }

  /** Seals cursors under the secrets valid now. */
  get cursors(): CursorSeal {
    return this.#cursors;
  }

  /** @throws an error that says what is wrong, for the log only */
  read(text: string): VerifiedPermit {
    this.#look();
    const now = performance.now();
    const known = this.#known.get(text);
    if (known !== undefined && now - known.since >= PERMIT_MAX_SECONDS * 1_000)
      throw new Error(`the permit was first read more than ${PERMIT_MAX_SECONDS} seconds ago`);
    const before = known?.verified;
    if (before !== undefined && endOf(before.permit) * 1_000 > Date.now()) return before;
    const permit = verifyPermit(text, this.#subgraph, this.#secrets);
    const verified = { permit, scopes: new Set(permit.scopes) };
    this.#known.set(text, { since: known?.since ?? now, verified });
    return verified;
  }

  #look(): void {
    if (Math.abs(Date.now() - this.#looked) < LOOK_EVERY_MS) return;
    this.#looked = Date.now();
    const changed = lastChange(this.#path);
    if (changed === this.#changed) return;
    this.#changed = changed;
    try {
      this.#secrets = readPermitSecrets(this.#path);
      this.#cursors = new CursorSeal(this.#subgraph, this.#secrets);
      for (const known of this.#known.values()) known.verified = undefined;
      this.#log.info(
        { kids: this.#secrets.keys.map(({ kid }) => kid) },
        "permit secrets were read again",
      );
    } catch (error) {
      this.#log.error({ err: error }, "the permit secrets cannot be read again");
    }
  }
}

/** Until when a permit that was found valid is believed without another look, in seconds since the epoch. */
function endOf({ iat, exp }: Permit): number {
  return Math.min(exp, iat + PERMIT_MAX_SECONDS);
}

/**
 * Reads the file of secrets shared with the router.
 * @throws StartupError
 */
export function readPermitSecrets(path: string): PermitSecrets {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    throw new StartupError(`The permit secrets cannot be read from ${path} (${reason}).`, {
      cause: error,
    });
  }
  const secrets = PermitSecrets.safeParse(jsonOf(text));
  if (secrets.success) return secrets.data;
  throw new StartupError(
    `The file ${path} does not hold permit secrets: {"keys": [{"kid": …, "secret": …}]} with one or two secrets of at least 32 bytes in base64url.`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
