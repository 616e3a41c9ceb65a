import { type Database, searchForm } from "@truc/service";

/** What a parcel of the sample says beyond what all of them share. */
interface SampleParcel {
  id: string;
  commune: string;
  asOf: string;
  currentCommune: string;
  province: string;
  area: number;
  certificate?: [number: string, issued: string];
  uses: [code: string, area: number, until: string | null][];
  rights: {
    holder: string;
    name: string;
    share: [number, number];
    from: string;
    to: string | null;
  }[];
  encumbrances?: {
    kind: string;
    inFavourOf: string | null;
    company: string | null;
    amount: number | null;
    from: string;
    to: string | null;
  }[];
}

export const AN = "901000000001";
export const BICH = "901000000002";
export const DAT = "901000000003";
const BINH = "948000000004";
export const BUILDER = "0314409058";
export const BANK = "0100112437";

/** Old 00001 and old 00004 became today's 00004; 00070 kept its code. */
const successions = [
  ["00001", "1900-01-01", "2025-07-01", "00004"],
  ["00004", "1900-01-01", "2025-07-01", "00004"],
  ["00004", "2025-07-01", null, "00004"],
  ["00070", "1900-01-01", "2025-07-01", "00070"],
  ["00070", "2025-07-01", null, "00070"],
] as const;

const parcels: SampleParcel[] = [
  {
    id: "00001-5-10",
    commune: "00001",
    asOf: "2019-03-01",
    currentCommune: "00004",
    province: "01",
    area: 85.5,
    certificate: ["BK123456", "2019-03-20"],
    uses: [["ODT", 85.5, null]],
    rights: [
      { holder: AN, name: "Nguyễn Đức An", share: [1, 1], from: "2005-01-10", to: "2019-03-01" },
      { holder: BICH, name: "Trần Thị Bích", share: [1, 3], from: "2019-03-01", to: null },
      { holder: DAT, name: "Lê Văn Đạt", share: [2, 3], from: "2019-03-01", to: null },
    ],
    encumbrances: [
      {
        kind: "DISPUTE",
        inFavourOf: null,
        company: null,
        amount: null,
        from: "2010-01-01",
        to: "2012-06-01",
      },
      {
        kind: "MORTGAGE",
        inFavourOf: "Ngân hàng Ngoại thương",
        company: BANK,
        amount: 9_000_000_000,
        from: "2020-05-01",
        to: null,
      },
    ],
  },
  {
    id: "00004-5-10",
    commune: "00004",
    asOf: "2024-12-01",
    currentCommune: "00004",
    province: "01",
    area: 1200,
    uses: [
      ["CLN", 1000, "2063-10-15"],
      ["ONT", 200, null],
    ],
    rights: [
      {
        holder: BUILDER,
        name: "Công ty TNHH Đất Lành",
        share: [1, 1],
        from: "2024-12-01",
        to: null,
      },
    ],
  },
  {
    id: "00004-7-2",
    commune: "00004",
    asOf: "2025-09-01",
    currentCommune: "00004",
    province: "01",
    area: 60,
    certificate: ["AA12345678", "2025-09-20"],
    uses: [["ODT", 60, null]],
    rights: [{ holder: AN, name: "Nguyễn Đức An", share: [1, 1], from: "2025-09-01", to: null }],
  },
  {
    id: "00070-1-1",
    commune: "00070",
    asOf: "2018-01-01",
    currentCommune: "00070",
    province: "48",
    area: 300,
    uses: [["ODT", 300, null]],
    rights: [
      { holder: BINH, name: "NGUYỄN ĐỨC Bình", share: [1, 2], from: "2018-01-01", to: null },
      { holder: AN, name: "Nguyễn Đức An", share: [1, 2], from: "2018-01-01", to: null },
    ],
    encumbrances: [
      {
        kind: "RESTRICTION",
        inFavourOf: "Cơ quan thi hành án",
        company: null,
        amount: null,
        from: "2018-05-01",
        to: "2019-05-01",
      },
    ],
  },
  {
    id: "00070-1-2",
    commune: "00070",
    asOf: "2018-01-01",
    currentCommune: "00070",
    province: "48",
    area: 300.5,
    uses: [["ODT", 300.5, null]],
    rights: [
      { holder: BICH, name: "Nguyễn Đứccương Bích", share: [1, 1], from: "2018-01-01", to: null },
    ],
  },
];

export const POLYGON = {
  type: "Polygon",
  coordinates: [
    [
      [105.84, 21.03],
      [105.841, 21.03],
      [105.841, 21.031],
      [105.84, 21.03],
    ],
  ],
};

/** Five parcels in two communes of today, with what the tests look for. */
export async function loadSample({ kysely }: Database): Promise<void> {
  await kysely
    .insertInto("commune_succession")
    .values(
      successions.map(([code, valid_from, valid_to, successor]) => ({
        code,
        valid_from,
        valid_to,
        successor,
      })),
    )
    .execute();
  for (const parcel of parcels) {
    const [, sheet, number] = parcel.id.split("-");
    const { province } = parcel;
    await kysely
      .insertInto("parcel")
      .values({
        id: parcel.id,
        sheet: Number(sheet),
        number: Number(number),
        place_commune: parcel.commune,
        place_as_of: parcel.asOf,
        place_line: `Thửa ${number}`,
        current_commune: parcel.currentCommune,
        province,
        area: parcel.area,
        origin: "Công nhận quyền sử dụng đất",
        geometry: JSON.stringify(POLYGON),
        certificate_number: parcel.certificate?.[0] ?? null,
        certificate_issued: parcel.certificate?.[1] ?? null,
      })
      .execute();
    await loadParcelFacts(kysely, parcel);
  }
}

async function loadParcelFacts(kysely: Database["kysely"], parcel: SampleParcel): Promise<void> {
  const ofParcel = { parcel_id: parcel.id, province: parcel.province };
  await kysely
    .insertInto("parcel_use")
    .values(
      parcel.uses.map(([code, area, until], position) => ({
        ...ofParcel,
        position,
        edition: 2024,
        code,
        area,
        term: until === null ? "LONG_TERM" : "LIMITED",
        until,
      })),
    )
    .execute();
  await kysely
    .insertInto("right_holder")
    .values(
      parcel.rights.map(({ holder, name, share, from, to }, index) => ({
        ...ofParcel,
        id: `${parcel.id}-R${index + 1}`,
        citizen: holder.length === 12 ? holder : null,
        company: holder.length === 12 ? null : holder,
        name_on_certificate: name,
        name_search: searchForm(name),
        share_numerator: share[0],
        share_denominator: share[1],
        valid_from: from,
        valid_to: to,
      })),
    )
    .execute();
  if (parcel.encumbrances === undefined) return;
  await kysely
    .insertInto("encumbrance")
    .values(
      parcel.encumbrances.map(({ kind, inFavourOf, company, amount, from, to }, index) => ({
        ...ofParcel,
        id: `${parcel.id}-E${index + 1}`,
        kind,
        in_favour_of: inFavourOf,
        company,
        amount,
        note: "Ghi chú",
        valid_from: from,
        valid_to: to,
      })),
    )
    .execute();
}
