import { yearOf, type Day } from "./calendar.ts";

const CHECK_WEIGHTS = [31, 29, 23, 19, 17, 13, 7, 5, 3] as const;

/** Six digits that differ for every citizen of a country of at most a million, in an order that shows no order. */
export function citizenSerial(position: number): string {
  return String((position * 618_033 + 271_829) % 1_000_000).padStart(6, "0");
}

/**
 * A synthetic personal identification number: 9 and the two-digit province of birth registration (a prefix that no
 * real number has), the century and sex digit, the year of birth and the citizen's serial.
 */
export function personalIdentificationNumber(
  registrationProvince: string,
  sex: "MALE" | "FEMALE",
  born: Day,
  serial: string,
): string {
  const year = yearOf(born);
  const century = Math.floor(year / 100) - 19;
  return `9${registrationProvince}${century * 2 + (sex === "MALE" ? 0 : 1)}${String(year % 100).padStart(2, "0")}${serial}`;
}

/** The tenth digit of an enterprise code; 10 means that the nine digits are never issued. */
export function enterpriseCheckDigit(digits: string): number {
  let sum = 0;
  for (const [place, weight] of CHECK_WEIGHTS.entries()) sum += weight * Number(digits[place]);
  return 10 - (sum % 11);
}

/** Enterprises that one block can hold: 4,000 blocks of ten numbers each fill the six digits. */
export const ENTERPRISES_PER_BLOCK = 25;

/**
 * The code of the enterprise in `slot` of `block`: the province, a 9 that no real number of a province has reached,
 * and the first of the slot's ten serials whose check digit exists.
 */
export function enterpriseCode(province: string, block: number, slot: number): string {
  const base = ((block * ENTERPRISES_PER_BLOCK + slot) * 7) % 100_000;
  for (let last = 0; last < 10; last++) {
    const digits = `${province}9${String(base * 10 + last).padStart(6, "0")}`;
    const check = enterpriseCheckDigit(digits);
    if (check < 10) return `${digits}${check}`;
  }
  throw new Error(`enterprise serial ${base} has no check digit`);
}

/** The ten-digit number of the time before the PIN: province, 90, serial. */
export function socialInsuranceNumber(province: string, serial: string): string {
  return `${province}90${serial}`;
}

/** Fifteen characters; somebody insured only since the PIN serves as number carries the PIN's last ten digits. */
export function healthCardNumber(
  type: string,
  level: number,
  province: string,
  insuranceNumber: string | null,
  pin: string,
): string {
  return `${type}${level}${province}${insuranceNumber ?? pin.slice(2)}`;
}
