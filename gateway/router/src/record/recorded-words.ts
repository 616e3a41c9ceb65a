import { digestOf, type MonthKeys } from "@truc/contracts";
import type { VerifiedToken } from "../authenticate/token-verifier.ts";

const CODE = /^(?!.*\d{12})[A-Z][A-Z0-9_]{0,63}$/;

/**
 * Whether a text is an error's code: up to 64 capital letters, digits and `_`, without twelve digits in a row, which may
 * be somebody's number. What a subgraph calls a code is on record and in logs, so nothing else is taken for one.
 */
export function isErrorCode(code: unknown): code is string {
  return typeof code === "string" && CODE.test(code);
}

const NAME = /^(?!digest:)(?!.*\d{12})[^\p{C}\p{Zl}\p{Zp}]{1,128}$/u;

/**
 * Whether a name out of a token may stand on record in clear: up to 128 characters, none of them a control character,
 * without twelve digits in a row, which may be somebody's number.
 */
export function isRecordable(name: string): boolean {
  return NAME.test(name);
}

const clear = new WeakMap<TokenNames, boolean>();

/** What a token calls the system, its agency and purpose, and whom it asks for. */
type TokenNames = Pick<VerifiedToken, "system" | "agency" | "purpose" | "subject">;

/**
 * Whether every name of a token may stand on record in clear, as those of nearly all do: looked at once for each token
 * that was verified.
 */
export function areRecordable(token: TokenNames): boolean {
  let known = clear.get(token);
  if (known === undefined) {
    const { system, agency, purpose, subject } = token;
    known = [system, agency, purpose, subject].every(
      (name) => name === undefined || isRecordable(name),
    );
    clear.set(token, known);
  }
  return known;
}

/**
 * A name out of a token as it stands on record: itself, or where it may not stand in clear `digest:` and its digest under
 * the key of the request's month.
 */
export function recordedName(name: string, keys: MonthKeys | (() => MonthKeys)): string {
  return isRecordable(name)
    ? name
    : `digest:${digestOf(typeof keys === "function" ? keys() : keys, name)}`;
}
