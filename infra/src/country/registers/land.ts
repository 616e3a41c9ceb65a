import { searchForm } from "@truc/service";
import type {
  AdministrativeUnit,
  Block,
  Parcel,
  Place,
  RegisterLoader,
  TableRows,
} from "../model.ts";
import { loadGazetteer } from "../units.ts";

const LAND_USE_EDITION = 2024;
/** Stands for "since before records" where a column may not be empty. */
const BEFORE_RECORDS = "1900-01-01";

type Row = TableRows["rows"][number];

/** The land register's part of the country. */
export const loader: RegisterLoader = {
  register: "land",
  units: (units) => [communeSuccession(units)],
  block: ({ parcels }: Block) => [
    parcelTable(parcels),
    useTable(parcels),
    rightHolderTable(parcels),
    encumbranceTable(parcels),
  ],
};

function communeSuccession(units: readonly AdministrativeUnit[]): TableRows {
  return {
    table: "commune_succession",
    columns: ["code", "valid_from", "valid_to", "successor"],
    rows: units
      .filter(({ level }) => level === "COMMUNE")
      .flatMap(({ code, from, to, succeededBy }) =>
        (to === null ? [code] : succeededBy).map((successor): Row => [
          code,
          from ?? BEFORE_RECORDS,
          to,
          successor,
        ]),
      ),
  };
}

function parcelTable(parcels: readonly Parcel[]): TableRows {
  return {
    table: "parcel",
    columns: [
      "id",
      "sheet",
      "number",
      "place_commune",
      "place_as_of",
      "place_line",
      "current_commune",
      "province",
      "area",
      "origin",
      "geometry",
      "certificate_number",
      "certificate_issued",
      "synthetic",
    ],
    rows: parcels.map((parcel) => [
      parcel.id,
      parcel.sheet,
      parcel.number,
      parcel.place.commune,
      parcel.place.asOf,
      parcel.place.line,
      currentCommune(parcel.place),
      parcel.place.province,
      parcel.areaSquareMetres,
      parcel.origin,
      JSON.stringify({ type: "Polygon", coordinates: [parcel.geometry] }),
      parcel.certificate?.number ?? null,
      parcel.certificate?.issued ?? null,
      true,
    ]),
  };
}

function useTable(parcels: readonly Parcel[]): TableRows {
  return {
    table: "parcel_use",
    columns: ["parcel_id", "province", "position", "edition", "code", "area", "term", "until"],
    rows: parcels.flatMap(({ id, place, uses }) =>
      uses.map(({ code, areaSquareMetres, term, until }, position): Row => [
        id,
        place.province,
        position,
        LAND_USE_EDITION,
        code,
        areaSquareMetres,
        term,
        until,
      ]),
    ),
  };
}

function rightHolderTable(parcels: readonly Parcel[]): TableRows {
  return {
    table: "right_holder",
    columns: [
      "id",
      "parcel_id",
      "province",
      "citizen",
      "company",
      "name_on_certificate",
      "name_search",
      "share_numerator",
      "share_denominator",
      "valid_from",
      "valid_to",
    ],
    rows: parcels.flatMap((parcel) =>
      parcel.rights.map(({ id, holder, nameOnCertificate, share, from, to }): Row => [
        id,
        parcel.id,
        parcel.place.province,
        "citizen" in holder ? holder.citizen : null,
        "company" in holder ? holder.company : null,
        nameOnCertificate,
        searchForm(nameOnCertificate),
        share.numerator,
        share.denominator,
        from,
        to,
      ]),
    ),
  };
}

function encumbranceTable(parcels: readonly Parcel[]): TableRows {
  return {
    table: "encumbrance",
    columns: [
      "id",
      "parcel_id",
      "province",
      "kind",
      "in_favour_of",
      "company",
      "amount",
      "note",
      "valid_from",
      "valid_to",
    ],
    rows: parcels.flatMap((parcel) =>
      parcel.encumbrances.map(({ id, kind, inFavourOf, company, amount, note, from, to }): Row => [
        id,
        parcel.id,
        parcel.place.province,
        kind,
        inFavourOf,
        company,
        amount,
        note,
        from,
        to,
      ]),
    ),
  };
}

let communes: ReadonlyMap<string, AdministrativeUnit[]> | undefined;

/**
 * The commune of today that took over the one a place was recorded in.
 * Where it was split, the first successor in the place's province stands for all.
 */
function currentCommune({ commune, asOf, province }: Place): string {
  communes ??= Map.groupBy(
    loadGazetteer().units.filter(({ level }) => level === "COMMUNE"),
    ({ code }) => code,
  );
  const unit = communes
    .get(commune)
    ?.find(({ from, to }) => (from === null || from <= asOf) && (to === null || to > asOf));
  if (unit === undefined) throw new Error(`no commune had the code ${commune} on ${asOf}`);
  if (unit.to === null) return commune;
  const inProvince = unit.succeededBy.find((code) =>
    communes!.get(code)?.some(({ to, parent }) => to === null && parent === province),
  );
  if (inProvince === undefined)
    throw new Error(`commune ${commune} of ${asOf} has no successor in province ${province}`);
  return inProvince;
}
