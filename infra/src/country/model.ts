/**
 * One synthetic country, as plain facts before any register's software: what the generator makes, block by block,
 * and what each register's loader (registers/<register>.ts) turns into rows of its own tables.
 * Dates are ISO `YYYY-MM-DD`; money is whole đồng; every place is an original code with the date it was recorded on.
 */
export interface Place {
  /** Commune code as recorded (5 digits) and the day on which that code was meant. */
  commune: string;
  asOf: string;
  /** The current two-digit province the place lies in today: what limits by province apply to. */
  province: string;
  line: string;
}

export interface Period {
  from: string;
  /** Null while it lasts. */
  to: string | null;
}

export interface Person {
  pin: string;
  familyName: string;
  middleName: string;
  givenName: string;
  otherName: string | null;
  sex: "MALE" | "FEMALE";
  birthDate: string;
  birthPlace: Place;
  birthRegistration: Place;
  nativePlace: Place;
  ethnicity: string;
  religion: string | null;
  nationality: string;
  bloodGroup: string | null;
  identityCard: { number: string; issued: string; expires: string | null } | null;
  father: string | null;
  mother: string | null;
  /** A minor's legal representative: a parent, or another adult. */
  legalRepresentative: string | null;
  maritalStatus: "SINGLE" | "MARRIED" | "DIVORCED" | "WIDOWED";
  marriages: { spouse: string; from: string; to: string | null }[];
  residences: (Period & { kind: "PERMANENT" | "TEMPORARY" | "CURRENT"; place: Place })[];
  /** Where the person lives now (or lived last): what limits by province apply to. */
  province: string;
  deathDate: string | null;
  missingSince: string | null;
  phone: string | null;
  email: string | null;
}

export interface Household {
  number: string;
  place: Place;
  head: string;
  /** Relation of each member to the head; the head is among them as HEAD. */
  members: { pin: string; relation: Relation; from: string; to: string | null }[];
}
export type Relation =
  | "HEAD"
  | "SPOUSE"
  | "CHILD"
  | "PARENT"
  | "SIBLING"
  | "GRANDCHILD"
  | "GRANDPARENT"
  | "OTHER";

/** A citizen or a company, by its key. */
export type Holder = { citizen: string } | { company: string };

export interface Parcel {
  /** `<original commune>-<sheet>-<parcel>`, e.g. `00004-12-345`. */
  id: string;
  commune: string;
  sheet: number;
  number: number;
  place: Place;
  areaSquareMetres: number;
  /** Land-use type codes of the 2024 list with their areas, largest first. */
  uses: {
    code: string;
    areaSquareMetres: number;
    term: "LONG_TERM" | "LIMITED";
    until: string | null;
  }[];
  origin: string;
  /** Outer ring, longitude/latitude (WGS 84), closed. */
  geometry: [number, number][];
  certificate: { number: string; issued: string } | null;
  rights: (Period & {
    id: string;
    holder: Holder;
    nameOnCertificate: string;
    /** Share as a fraction; the shares of a parcel add up to 1. */
    share: { numerator: number; denominator: number };
  })[];
  encumbrances: (Period & {
    id: string;
    kind: "MORTGAGE" | "DISPUTE" | "RESTRICTION";
    /** Bank or authority; a company's code when it is one. */
    inFavourOf: string | null;
    company: string | null;
    amount: number | null;
    note: string;
  })[];
}

export interface Company {
  code: string;
  name: string;
  foreignName: string | null;
  shortName: string | null;
  kind:
    | "PRIVATE_ENTERPRISE"
    | "LLC_ONE_MEMBER"
    | "LLC_TWO_OR_MORE_MEMBERS"
    | "JOINT_STOCK"
    | "PARTNERSHIP"
    | "HOUSEHOLD_BUSINESS";
  statuses: { status: "ACTIVE" | "SUSPENDED" | "DISSOLVING" | "DISSOLVED"; from: string }[];
  registered: string;
  charterCapital: number;
  headOffice: Place;
  /** VSIC 2025 classes (4 digits); the first is the main one. */
  industries: string[];
  representatives: (Period & { pin: string; title: string; name: string })[];
  owners: (Period & {
    id: string;
    holder: Holder;
    name: string;
    share: { numerator: number; denominator: number };
    capital: number;
  })[];
  branches: { code: string; name: string; place: Place; opened: string; closed: string | null }[];
  changes: {
    on: string;
    kind: "NAME" | "CAPITAL" | "HEAD_OFFICE" | "REPRESENTATIVE" | "STATUS" | "INDUSTRY";
    before: string | null;
    after: string;
  }[];
}

export interface Insurance {
  pin: string;
  /** The ten-digit number in use until the PIN replaced it on 2025-08-01; null for people insured only since. */
  socialInsuranceNumber: string | null;
  numberFrom: string | null;
  /** Current two-digit province of the managing office. */
  office: string;
  contributions: (Period & {
    id: string;
    employer: string;
    salaryBase: number;
    kind: "COMPULSORY" | "VOLUNTARY";
  })[];
  benefits: (Period & {
    id: string;
    kind: "PENSION" | "UNEMPLOYMENT" | "SICKNESS" | "MATERNITY";
    monthlyAmount: number;
  })[];
  healthCards: (Period & {
    /** 15 characters: type, level, province, social insurance number. */
    number: string;
    type: string;
    level: number;
    clinic: { code: string; name: string };
    /** Since when insured without a break for five years; null when not yet. */
    fiveYearsFrom: string | null;
  })[];
}

/** A contradiction planted between registers: the oracle of the clean-up journey, never read by a service. */
export interface Conflict {
  kind:
    | "DEAD_RIGHT_HOLDER"
    | "DISSOLVED_EMPLOYER_CONTRIBUTES"
    | "NAME_SPELT_DIFFERENTLY"
    | "DEAD_REPRESENTATIVE"
    | "DEAD_CARD_VALID";
  citizen: string | null;
  company: string | null;
  parcel: string | null;
  /** Current province and commune (code of today) in which the conflict lies. */
  province: string;
  commune: string;
  detail: string;
}

/** Some hundreds of people with everything they own: the generator's unit of work, each made from (seed, index) alone. */
export interface Block {
  index: number;
  people: Person[];
  households: Household[];
  parcels: Parcel[];
  companies: Company[];
  insurance: Insurance[];
  conflicts: Conflict[];
}

/** Administrative units of both eras, loaded once before the blocks. */
export interface AdministrativeUnit {
  code: string;
  level: "PROVINCE" | "COMMUNE";
  name: string;
  /** Code of the unit above in the same era; null for a province. */
  parent: string | null;
  /** First day on which the code had this meaning; null: since before records. */
  from: string | null;
  /** First day on which it no longer had. */
  to: string | null;
  /** Codes of today's units that took it over; empty for a unit of today. */
  succeededBy: string[];
}

export interface Country {
  seed: number;
  citizens: number;
  units(): AdministrativeUnit[];
  /** Yields blocks in order, from the given index on (0); nothing of an earlier block is kept. */
  blocks(from?: number): Iterable<Block>;
}

/** Rows for one table, values in the order of `columns`. JSON columns carry text. */
export interface TableRows {
  table: string;
  columns: readonly string[];
  rows: (string | number | boolean | null)[][];
}

/** What registers/<register>.ts exports: one register's part of the country, as rows in an order foreign keys allow. */
export interface RegisterLoader {
  register: string;
  units(units: AdministrativeUnit[]): TableRows[];
  block(block: Block): TableRows[];
}
