import type { Facts } from "./facts.ts";

/**
 * Every value of a text that belongs to somebody of the country: numbers of people, insurance, cards and telephones,
 * addresses of mail, and names as any register spells them.
 */
export function personalValuesIn(text: string, facts: Facts): string[] {
  const numbers = new Set(text.match(/\d+/g));
  const found = new Set<string>();
  const lookFor = (value: string | null | undefined, isThere: (value: string) => boolean): void => {
    if (value != null && isThere(value)) found.add(value);
  };
  const asNumber = (value: string): boolean => numbers.has(value.replace(/^\D+/, ""));
  const asText = (value: string): boolean => text.includes(value);
  for (const { pin, phone, email } of facts.people.values()) {
    lookFor(pin, asNumber);
    lookFor(phone, asNumber);
    lookFor(email, asText);
    lookFor(facts.fullName(pin), asText);
  }
  for (const { socialInsuranceNumber, healthCards } of facts.insurance.values()) {
    lookFor(socialInsuranceNumber, asNumber);
    for (const { number } of healthCards) lookFor(number, asText);
  }
  for (const { rights } of facts.parcels.values()) {
    for (const { nameOnCertificate, holder } of rights)
      if ("citizen" in holder) lookFor(nameOnCertificate, asText);
  }
  for (const { representatives } of facts.companies.values()) {
    for (const { name } of representatives) lookFor(name, asText);
  }
  return [...found].toSorted();
}
