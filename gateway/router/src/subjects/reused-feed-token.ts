import { signFeedToken, type PermitSecrets } from "@truc/contracts";

/** Half of what it is valid for: the rest is for the way, and for clocks that differ. */
const USED_MS = 30_000;

/**
 * A token for the authority's private addresses, shown again until it is half over. The authority takes one as often as it
 * comes (RFC 6750); by the wall clock, so that a clock that is set makes a new one.
 */
export class ReusedFeedToken {
  readonly #issuer: string;
  readonly #secrets: PermitSecrets;
  #text = "";
  #signed = -Infinity;

  constructor(issuer: string, secrets: PermitSecrets) {
    this.#issuer = issuer;
    this.#secrets = secrets;
  }

  get text(): string {
    const now = Date.now();
    if (now < this.#signed || now >= this.#signed + USED_MS) {
      this.#text = signFeedToken(this.#issuer, this.#secrets);
      this.#signed = now;
    }
    return this.#text;
  }
}
