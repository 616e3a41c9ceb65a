/**
 * What the 15 characters of a health insurance card number say: type (2 letters), benefit level, province of issue
 * (2 digits), social insurance number (10 digits). The number is the one place where type and level are kept.
 */

/** The groups of insured people, by the letters that begin a card number, and what they mean. */
export const HEALTH_CARD_TYPES = {
  BT: "person receiving monthly social assistance",
  CA: "officer or member of the people's police",
  CB: "war veteran",
  CC: "person of merit to the revolution, first groups",
  CH: "employee of a state body, public service unit or union",
  CK: "person of merit to the revolution, other groups",
  CN: "member of a near-poor household",
  CS: "former rubber worker on a monthly allowance",
  CT: "person of 80 or older on a monthly survivor's allowance",
  CY: "member of the cipher service",
  DK: "resident of an area of special difficulty",
  DN: "employee of an enterprise",
  DT: "member of an ethnic minority in an area of difficulty",
  GB: "member of a farming, forestry, fishing or salt-making household of average income",
  GD: "member of a household insured together",
  HC: "civil servant or public employee",
  HD: "member of the National Assembly or of a people's council",
  HG: "donor of an organ or tissue",
  HN: "member of a poor household",
  HS: "pupil",
  HT: "pensioner",
  HX: "employee or member of a co-operative",
  KC: "participant in the resistance wars",
  LS: "foreign student on a state scholarship",
  MS: "person on a monthly allowance from the budget for lost ability to work",
  NN: "employee of a foreign or international organisation",
  NO: "employee on leave with an illness of long treatment",
  PV: "carer of a person of merit",
  QN: "officer or soldier of the people's army",
  SV: "student",
  TA: "relative of a member of the people's police",
  TB: "person on a monthly allowance for an accident at work or an occupational disease",
  TC: "relative of a person of merit",
  TE: "child under six",
  TK: "employee of another organisation",
  TN: "person receiving unemployment benefit",
  TQ: "relative of a member of the people's army",
  TS: "relative of a fallen soldier",
  TY: "relative of a member of the cipher service",
  XB: "former commune officer on a monthly social insurance allowance",
  XD: "resident of an island commune",
  XK: "part-time officer of a commune",
  XN: "former commune officer on a monthly allowance from the budget",
} as const satisfies Record<string, string>;
export type HealthCardType = keyof typeof HEALTH_CARD_TYPES;

/** Percentage of the costs of treatment that each benefit level pays. */
export const PAID_PERCENT: Readonly<Record<number, number>> = {
  1: 100,
  2: 100,
  3: 95,
  4: 80,
  5: 100,
};

/** Type letters of a card number. */
export function cardType(number: string): string {
  return number.slice(0, 2);
}

/** Benefit level of a card number, 1 to 5. */
export function cardLevel(number: string): number {
  return Number(number.charAt(2));
}

/** What a card's type letters mean; null for letters that are not in the list. */
export function typeMeaning(type: string): string | null {
  return Object.hasOwn(HEALTH_CARD_TYPES, type) ? HEALTH_CARD_TYPES[type as HealthCardType] : null;
}
