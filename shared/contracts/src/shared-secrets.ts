import { createSecretKey, type KeyObject } from "node:crypto";

/** A secret that the writer and the reader of a token share. */
export interface SharedSecret {
  readonly kid: string;
  /** base64url. */
  readonly secret: string;
}

/** Those in force: the first one signs, any of them may have signed. */
export interface SharedSecrets {
  readonly keys: readonly SharedSecret[];
}

const keys = new WeakMap<SharedSecret, KeyObject>();

/**
 * A secret as HMAC's key. It is made once for each object that holds one: made anew each time it is most of what a
 * signature costs. It goes when the object does.
 */
export function keyOf(secret: SharedSecret): KeyObject {
  let key = keys.get(secret);
  if (key === undefined) {
    key = createSecretKey(secret.secret, "base64url");
    keys.set(secret, key);
  }
  return key;
}
