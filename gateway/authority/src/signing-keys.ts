import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { StartupError } from "@truc/service";
import * as z from "zod";
import {
  changePrivateFile,
  fileStamp,
  readOrCreatePrivateFile,
  readPrivateFile,
} from "./private-file.ts";

/** How long an access token lives, in seconds. */
export const TOKEN_SECONDS = 600;
/** How long a new key is published before it signs: longer than anyone keeps the key set (JWKS_MAX_AGE_SECONDS). */
export const LEAD_SECONDS = 900;
/** How long the key set may be cached by those who verify. */
export const JWKS_MAX_AGE_SECONDS = 300;
/** What verifiers are taken to allow for clocks that differ, in seconds. */
const LEEWAY_SECONDS = 60;
const WHAT = "the signing keys";

const Coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/**
 * A private signing key (RFC 7517, RFC 7518 section 6.2.2), with two members of the JWK parameter registry:
 * `nbf`, from when on it signs, and `exp`, until when it is published. Seconds since the epoch.
 */
export const SigningKey = z
  .strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: Coordinate,
    y: Coordinate,
    d: Coordinate,
    kid: z.string().min(1).max(128),
    alg: z.literal("ES256"),
    use: z.literal("sig"),
    nbf: z.int().min(0),
    exp: z.int().min(0).optional(),
  })
  .refine(isPair, "the public part is not the private part's");
export type SigningKey = z.infer<typeof SigningKey>;

const SigningKeySet = z
  .strictObject({ keys: z.array(SigningKey).min(1).max(16) })
  .refine(
    ({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length,
    "two keys share a kid",
  );

/**
 * The authority's signing keys, as a file that can change while the process runs.
 *
 * Of the keys that may sign already the newest does; every key is published until its `exp`, so that a key is known
 * to verifiers before it signs and for as long as a token of it may be alive.
 */
export class SigningKeys {
  readonly file: string;
  #keys: readonly SigningKey[];
  #stamp: string;

  private constructor(file: string, keys: readonly SigningKey[], stamp: string) {
    this.file = file;
    this.#keys = keys;
    this.#stamp = stamp;
  }

  /**
   * Opens the file, and makes it with one key when there is none.
   * @throws StartupError when the file can be read by others, is broken, or holds no key that may sign now
   */
  static async open(file: string, nowSeconds = epochSeconds()): Promise<SigningKeys> {
    const content = await readOrCreatePrivateFile(file, WHAT, async () => ({
      keys: [await newSigningKey(0)],
    }));
    const opened = new SigningKeys(file, parse(file, content), await fileStamp(file));
    opened.current(nowSeconds);
    return opened;
  }

  /** Reads the file again if it has changed; what cannot be used is refused and the keys at hand are kept. */
  async refresh(): Promise<boolean> {
    const stamp = await fileStamp(this.file);
    if (stamp === this.#stamp) return false;
    // Noted first: a broken file is complained about once, not at every look.
    this.#stamp = stamp;
    this.#keys = parse(this.file, await readPrivateFile(this.file, WHAT));
    return true;
  }

  /** The key that signs now. */
  current(nowSeconds = epochSeconds()): SigningKey {
    const [newest] = this.published(nowSeconds)
      .filter(({ nbf }) => nbf <= nowSeconds)
      .sort((one, other) => other.nbf - one.nbf);
    if (newest === undefined) {
      throw new StartupError(`The file of ${WHAT}, ${this.file}, holds no key that may sign now.`);
    }
    return newest;
  }

  /** The keys whose public parts are in the key set now. */
  published(nowSeconds = epochSeconds()): SigningKey[] {
    return this.#keys.filter(({ exp }) => exp === undefined || exp > nowSeconds);
  }
}

/**
 * Begins a change of keys: adds a new key that is published at once and signs after `leadSeconds`, gives the key it
 * follows an end that lies a token's life after that, and drops keys that have ended. Running authorities pick the
 * file up by themselves.
 *
 * @returns the new key's id and from when on it signs
 * @throws StartupError when the last change has not come into effect yet: two at once would cut a published key short
 */
export async function rotateSigningKeys(
  file: string,
  options: { leadSeconds?: number; nowSeconds?: number } = {},
): Promise<{ kid: string; signsFrom: Date }> {
  const now = options.nowSeconds ?? epochSeconds();
  const added = await newSigningKey(now + (options.leadSeconds ?? LEAD_SECONDS));
  await changePrivateFile(file, WHAT, async (content) => {
    const keys = parse(file, content);
    const waiting = keys.find(({ nbf }) => nbf > now);
    if (waiting !== undefined) {
      throw new StartupError(
        `A change of ${WHAT} is under way: key ${waiting.kid} signs from ${instant(waiting.nbf).toISOString()} on.`,
      );
    }
    const end = added.nbf + TOKEN_SECONDS + LEEWAY_SECONDS;
    const kept = keys
      .filter(({ exp }) => exp === undefined || exp > now)
      .map((key) => (key.exp === undefined ? { ...key, exp: end } : key));
    return { keys: [...kept, added] };
  });
  return { kid: added.kid, signsFrom: instant(added.nbf) };
}

/** @param nbf from when on it signs, in seconds since the epoch */
async function newSigningKey(nbf: number): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return SigningKey.parse({
    ...jwk,
    kid: await calculateJwkThumbprint(jwk),
    alg: "ES256",
    use: "sig",
    nbf,
  });
}

function parse(file: string, content: unknown): SigningKey[] {
  const result = SigningKeySet.safeParse(content);
  if (result.success) return result.data.keys;
  const [issue] = result.error.issues;
  const place = issue!.path.length === 0 ? "" : ` at ${issue!.path.join(".")}`;
  throw new StartupError(
    `The file of ${WHAT}, ${file}, is broken: it is not a set of private ES256 keys (${issue!.message}${place}).`,
  );
}

function isPair({
  kty,
  crv,
  x,
  y,
  d,
}: {
  kty: string;
  crv: string;
  x: string;
  y: string;
  d: string;
}): boolean {
  const probe = Buffer.from("one pair");
  try {
    const signature = sign(
      "sha256",
      probe,
      createPrivateKey({ key: { kty, crv, x, y, d }, format: "jwk" }),
    );
    return verify(
      "sha256",
      probe,
      createPublicKey({ key: { kty, crv, x, y }, format: "jwk" }),
      signature,
    );
  } catch {
    return false;
  }
}

export function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function instant(seconds: number): Date {
  return new Date(seconds * 1000);
}
