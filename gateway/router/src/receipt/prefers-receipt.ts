/** The preference by which a caller asks for a receipt. */
export const RECEIPT_PREFERENCE = "receipt";

/** One element of a list, quoted strings with their commas included. */
const ELEMENTS = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
/** A preference's name and what follows it. */
const NAMED = /^[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(.*)$/s;
/** No value, which is the same as an empty one; parameters may follow. */
const NO_VALUE = /^(?:=[ \t]*(?:""[ \t]*)?)?(?:;|$)/;

/**
 * Whether a request prefers an answer with a receipt (RFC 7240, section 2). Of several instances the first counts;
 * other preferences and parameters do not matter, and a value is none we know.
 * @param prefer the Prefer header; several are joined by commas
 */
export function prefersReceipt(prefer: string | undefined): boolean {
  for (const [element] of prefer?.matchAll(ELEMENTS) ?? []) {
    const [, name, rest = ""] = NAMED.exec(element) ?? [];
    if (name?.toLowerCase() === RECEIPT_PREFERENCE) return NO_VALUE.test(rest.trimEnd());
  }
  return false;
}
