import { Refusal } from "@truc/contracts";

/**
 * Letters of any alphabet: case numbers here are written with Đ. Twelve digits in a row, wherever they stand, may be a
 * personal identification number, and records name nobody by hers.
 */
const CASE_REFERENCE = /^(?!.*\p{Nd}{12})[\p{L}\p{Nd}._/:-]{1,64}$/u;

/**
 * The case a request is for, out of its `extensions.caseReference`; undefined where it names none.
 * @throws Refusal AUTHORIZE_CASE_INVALID
 */
export function caseReferenceOf(extensions: Readonly<Record<string, unknown>>): string | undefined {
  const given = extensions["caseReference"];
  if (given === undefined || given === null) return undefined;
  if (typeof given === "string" && CASE_REFERENCE.test(given)) return given;
  throw new Refusal("AUTHORIZE_CASE_INVALID");
}
