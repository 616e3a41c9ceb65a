import type { Block, Insurance, Person, RegisterLoader, TableRows } from "../model.ts";

/** Since this day the PIN serves as social insurance number. */
const PIN_SINCE = "2025-08-01";
const NUMBER_UNTIL = "2025-07-31";
/** Since this day the provinces have the codes that the model's offices are given in. */
const PROVINCE_CODES_SINCE = "2025-07-01";

type Row = TableRows["rows"][number];

const PROFILE = [
  "pin",
  "social_insurance_number",
  "number_from",
  "number_to",
  "pin_from",
  "province",
  "province_as_of",
  "synthetic",
] as const;
const CONTRIBUTION = [
  "id",
  "pin",
  "employer",
  "from_date",
  "to_date",
  "salary_base",
  "kind",
  "province",
] as const;
const BENEFIT = [
  "id",
  "pin",
  "kind",
  "monthly_amount",
  "from_date",
  "to_date",
  "province",
] as const;
const HEALTH_CARD = [
  "number",
  "from_date",
  "to_date",
  "pin",
  "clinic_code",
  "clinic_name",
  "five_years_from",
  "province",
] as const;

/** The insurance register's part of the country: profiles first, which the other three tables refer to. */
export const loader: RegisterLoader = {
  register: "insurance",
  units: () => [],
  block(block) {
    const { insurance } = block;
    return [
      { table: "profile", columns: PROFILE, rows: profileRows(block) },
      { table: "contribution", columns: CONTRIBUTION, rows: insurance.flatMap(contributionRows) },
      { table: "benefit", columns: BENEFIT, rows: insurance.flatMap(benefitRows) },
      { table: "health_card", columns: HEALTH_CARD, rows: insurance.flatMap(healthCardRows) },
    ];
  },
};

function profileRows({ insurance, people }: Block): Row[] {
  const deaths = new Map(people.map(({ pin, deathDate }: Person) => [pin, deathDate]));
  return insurance.map((insured) => {
    const { pin, socialInsuranceNumber, numberFrom, office } = insured;
    const { numberTo, pinFrom } = validity(insured, deaths.get(pin) ?? null);
    return [
      pin,
      socialInsuranceNumber,
      numberFrom,
      numberTo,
      pinFrom,
      office,
      PROVINCE_CODES_SINCE,
      true,
    ];
  });
}

/** Whoever died while the ten-digit number was in use never got the PIN for one. */
function validity(
  insured: Insurance,
  died: string | null,
): { numberTo: string | null; pinFrom: string | null } {
  if (insured.socialInsuranceNumber === null)
    return { numberTo: null, pinFrom: firstInsured(insured) };
  if (died !== null && died < PIN_SINCE) return { numberTo: died, pinFrom: null };
  return { numberTo: NUMBER_UNTIL, pinFrom: PIN_SINCE };
}

/** The first day of anything on file, since the PIN came into use. */
function firstInsured({ contributions, benefits, healthCards }: Insurance): string {
  const days = [...contributions, ...benefits, ...healthCards].map(({ from }) => from);
  const first = days.toSorted()[0];
  return first !== undefined && first > PIN_SINCE ? first : PIN_SINCE;
}

function contributionRows({ pin, office, contributions }: Insurance): Row[] {
  return contributions.map(({ id, employer, from, to, salaryBase, kind }) => [
    id,
    pin,
    employer,
    from,
    to,
    salaryBase,
    kind,
    office,
  ]);
}

function benefitRows({ pin, office, benefits }: Insurance): Row[] {
  return benefits.map(({ id, kind, monthlyAmount, from, to }) => [
    id,
    pin,
    kind,
    monthlyAmount,
    from,
    to,
    office,
  ]);
}

function healthCardRows({ pin, office, healthCards }: Insurance): Row[] {
  return healthCards.map(({ number, from, to, clinic, fiveYearsFrom }) => [
    number,
    from,
    to,
    pin,
    clinic.code,
    clinic.name,
    fiveYearsFrom,
    office,
  ]);
}
