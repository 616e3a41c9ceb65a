import { readFileSync } from "node:fs";
import { type Permit, PermitSecrets, verifyPermit } from "@truc/contracts";
import { LRUCache } from "lru-cache";
import { StartupError } from "../startup-error.ts";

/** A permit that has been checked, with its scopes as a set. */
export interface VerifiedPermit {
  permit: Permit;
  scopes: ReadonlySet<string>;
}

const MAX_PERMITS = 10_000;

/** Checks permits made out to one subgraph; the same text is checked once as long as it is valid. */
export class PermitReader {
  readonly #subgraph: string;
  readonly #secrets: PermitSecrets;
  readonly #verified = new LRUCache<string, VerifiedPermit>({ max: MAX_PERMITS });

  constructor(subgraph: string, secrets: PermitSecrets) {
    this.#subgraph = subgraph;
    this.#secrets = secrets;
  }

  /** @throws an error that says what is wrong, for the log only */
  async read(text: string): Promise<VerifiedPermit> {
    const known = this.#verified.get(text);
    if (known !== undefined && known.permit.exp * 1_000 > Date.now()) return known;
    const permit = await verifyPermit(text, this.#subgraph, this.#secrets);
    const verified = { permit, scopes: new Set(permit.scopes) };
    this.#verified.set(text, verified);
    return verified;
  }
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
