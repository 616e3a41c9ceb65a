import { textScalar } from "./scalar.ts";

/**
 * Twelve digits and nothing more: the law no longer fixes what they mean, so no structure is checked
 * (province, century and sex, year, serial in numbers of the earlier rule).
 */
export const PersonalIdentificationNumber = textScalar({
  name: "PersonalIdentificationNumber",
  description: "A citizen's personal identification number (số định danh cá nhân): 12 digits.",
  rule: "a personal identification number has exactly 12 digits",
  valid: (text) => /^\d{12}$/.test(text),
});

const ENTERPRISE_WEIGHTS = [31, 29, 23, 19, 17, 13, 7, 5, 3];

/**
 * The tenth digit of an enterprise code: 10 − (Σ weightᵢ·digitᵢ mod 11).
 * @param serial the first nine digits
 * @returns 1 to 9 or 0, or null where it would be 10: such a serial is never issued
 */
export function enterpriseCheckDigit(serial: string): number | null {
  let sum = 0;
  for (const [index, weight] of ENTERPRISE_WEIGHTS.entries()) sum += weight * Number(serial[index]);
  const digit = 10 - (sum % 11);
  return digit === 10 ? null : digit;
}

function isEnterpriseCode(text: string): boolean {
  if (!/^\d{10}(-(?!000)\d{3})?$/.test(text)) return false;
  return enterpriseCheckDigit(text.slice(0, 9)) === Number(text[9]);
}

export const EnterpriseCode = textScalar({
  name: "EnterpriseCode",
  description:
    "An enterprise code, which is also the tax code: 10 digits of which the last is a check digit; a branch adds -001 to -999.",
  rule: "an enterprise code has 10 digits of which the last is the right check digit, a branch's is followed by -001 to -999",
  valid: isEnterpriseCode,
});

export const SocialInsuranceNumber = textScalar({
  name: "SocialInsuranceNumber",
  description:
    "A social insurance number of the kind in use until the personal identification number replaced it: 10 digits.",
  rule: "a social insurance number has exactly 10 digits",
  valid: (text) => /^\d{10}$/.test(text),
});

export const HealthCardNumber = textScalar({
  name: "HealthCardNumber",
  description:
    "A health insurance card's number: 2 letters (group), benefit level 1 to 5, province (2 digits), social insurance number (10 digits).",
  rule: "a health card number has 2 capital letters, a benefit level from 1 to 5 and 12 digits",
  valid: (text) => /^[A-Z]{2}[1-5]\d{12}$/.test(text),
});

export const LandParcelId = textScalar({
  name: "LandParcelId",
  description:
    "A land parcel: the commune code it was first surveyed under (5 digits), its map sheet and its number, as in 00004-12-345.",
  rule: "a land parcel is written <5-digit original commune>-<map sheet>-<parcel number>, as in 00004-12-345",
  valid: (text) => /^\d{5}-[1-9]\d{0,4}-[1-9]\d{0,5}$/.test(text),
});

export const LandCertificateNumber = textScalar({
  name: "LandCertificateNumber",
  description:
    "A land-use certificate's number: 2 letters and 8 digits, or 6 digits on certificates issued before 2025.",
  rule: "a land-use certificate number has 2 capital letters and 8 digits, or 6 digits when issued before 2025",
  valid: (text) => /^\p{Lu}{2}(\d{6}|\d{8})$/u.test(text),
});

export const HouseholdNumber = textScalar({
  name: "HouseholdNumber",
  description: "A household's number in the register of residence: 9 digits.",
  rule: "a household number has exactly 9 digits",
  valid: (text) => /^\d{9}$/.test(text),
});
