import { samples } from "../../infra/src/country/country.ts";
import { country } from "./registers.ts";

/** Representations of entities that are in the country, one that is nowhere, and one that breaks a rule. */
export interface EntitySamples {
  known: Record<string, unknown>[];
  unknown: Record<string, unknown>;
  invalid: Record<string, unknown>;
}

const blocks = [...country.blocks()];
const chosen = samples(country);
/** The demonstration's own sample first, since it has something of everything. */
const withFirst = (first: string, others: string[]) => [
  first,
  ...others.filter((other) => other !== first),
];

const samplesOf: Record<string, EntitySamples> = {
  Citizen: {
    known: withFirst(
      chosen.citizen,
      blocks.flatMap(({ people }) => people.map(({ pin }) => pin)),
    ).map((id) => ({ id })),
    unknown: { id: "999999999999" },
    invalid: { id: "12345678901" },
  },
  Company: {
    known: withFirst(
      chosen.company,
      blocks.flatMap(({ companies }) => companies.map(({ code }) => code)),
    ).map((code) => ({ code })),
    unknown: { code: "0100112437" },
    invalid: { code: "0100112438" },
  },
  LandParcel: {
    known: withFirst(
      chosen.parcel,
      blocks.flatMap(({ parcels }) => parcels.map(({ id }) => id)),
    ).map((id) => ({ id })),
    unknown: { id: "99999-1-1" },
    invalid: { id: "99999-1" },
  },
  AdministrativeUnit: {
    known: country
      .units()
      .filter(({ to }) => to === null)
      .slice(0, 300)
      .map(({ code }) => ({ code, asOf: "2026-01-01" })),
    unknown: { code: "00", asOf: "2026-01-01" },
    invalid: { code: "1", asOf: "2026-01-01" },
  },
};

/**
 * The samples of an entity type.
 * @throws when there are none: a new entity needs an entry above
 */
export function entitySamples(type: string): EntitySamples {
  const entity = samplesOf[type];
  if (entity === undefined)
    throw new Error(`tests/conformance/entity-samples.ts has no keys of ${type}`);
  const named = (key: Record<string, unknown>) => ({ __typename: type, ...key });
  return {
    known: entity.known.map(named),
    unknown: named(entity.unknown),
    invalid: named(entity.invalid),
  };
}
