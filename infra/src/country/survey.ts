import { bank, bankCount } from "./anchors.ts";
import { iso, newYear, REFORM, TODAY, yearOf, type Day } from "./calendar.ts";
import { placeIn } from "./layout.ts";
import type { Parcel } from "./model.ts";
import { addressLine } from "./names.ts";
import type { Home, Workshop } from "./people.ts";

/** Bounds the certificates' serials: 4,000 blocks of so many fill six digits. */
const PARCELS_PER_BLOCK = 240;
const PARCELS_PER_SHEET = 40;
/** Sheets that one block may fill in a commune; a second block of the same commune begins after them. */
const SHEETS_PER_BLOCK = 12;
/** The next parcel of the block, with its shape, not yet held by anybody. */
export function survey(workshop: Workshop, mainUse: string, asOf: Day, home?: Home): Parcel {
  const { random, site } = workshop;
  const position = workshop.parcels.length;
  const sheet = 1 + site.turn * SHEETS_PER_BLOCK + Math.floor(position / PARCELS_PER_SHEET);
  const number = 1 + (position % PARCELS_PER_SHEET) * 9 + random.between(0, 8);
  const earlier = home?.earlier ?? random.pick(site.commune.earlier);
  const business = mainUse === "TMD" || mainUse === "SKC";
  const main =
    Math.round(
      random.between(business ? 4000 : 400, business ? 60_000 : site.commune.urban ? 1800 : 6000),
    ) / 10;
  const term = business ? "LIMITED" : "LONG_TERM";
  const uses: Parcel["uses"] = [
    {
      code: mainUse,
      areaSquareMetres: main,
      term,
      until: business ? `${yearOf(Math.min(asOf, TODAY)) + 50}-01-01` : null,
    },
  ];
  if (!business && random.chance(site.commune.urban ? 0.1 : 0.5)) {
    const code = random.weighted([
      ["CLN", 6],
      ["LUC", 4],
      ["NTS", 1],
      ["RSX", 1],
      ["HNK", 2],
    ] as const);
    const area = Math.round(random.between(500, 12_000)) / 10;
    uses.push({ code, areaSquareMetres: area, term: "LIMITED", until: "2063-10-15" });
    uses.sort((a, b) => b.areaSquareMetres - a.areaSquareMetres);
  }
  const areaSquareMetres =
    Math.round(uses.reduce((sum, use) => sum + use.areaSquareMetres * 10, 0)) / 10;
  const line = home?.line ?? addressLine(random, site.commune.urban);
  const land: Parcel = {
    id: `${earlier.code}-${sheet}-${number}`,
    commune: earlier.code,
    sheet,
    number,
    place: placeIn(site, earlier, REFORM - 1 - random.between(0, 6000), line),
    areaSquareMetres,
    uses,
    origin: business ? "Nhà nước cho thuê đất trả tiền một lần" : random.weighted(ORIGINS),
    geometry: square(workshop, position, areaSquareMetres),
    certificate: null,
    rights: [],
    encumbrances: [],
  };
  workshop.parcels.push(land);
  return land;
}

const ORIGINS = [
  ["Nhà nước giao đất có thu tiền sử dụng đất", 3],
  ["Công nhận quyền sử dụng đất như giao đất có thu tiền", 4],
  ["Nhận chuyển nhượng quyền sử dụng đất", 3],
  ["Nhận thừa kế quyền sử dụng đất", 1],
] as const;

/** A square of the parcel's area on the block's own grid, counterclockwise and closed (RFC 7946). */
function square(workshop: Workshop, position: number, area: number): [number, number][] {
  const { site, layout } = workshop;
  const shift = layout.random("ground", site.index);
  const [lon, lat] = site.character.centre;
  const west = lon + (shift.next() - 0.5) * 0.2 + (position % 20) * 0.002;
  const south = lat + (shift.next() - 0.5) * 0.2 + Math.floor(position / 20) * 0.002;
  const high = Math.sqrt(area) / 110_574;
  const wide = Math.sqrt(area) / (111_320 * Math.cos((south * Math.PI) / 180));
  const at = (x: number, y: number): [number, number] => [
    Number(x.toFixed(7)),
    Number(y.toFixed(7)),
  ];
  const corner = at(west, south);
  return [
    corner,
    at(west + wide, south),
    at(west + wide, south + high),
    at(west, south + high),
    corner,
  ];
}

/** Certificate and encumbrances, once the present holders are entered; `mortgaged` makes sure of a bank's claim. */
export function finish(workshop: Workshop, land: Parcel, from: Day, mortgaged = false): void {
  const { random, site } = workshop;
  if (mortgaged || random.chance(0.93)) {
    const issued = Math.min(from + random.between(5, 60), TODAY);
    const digits = String(site.index * PARCELS_PER_BLOCK + workshop.parcels.length).padStart(
      6,
      "0",
    );
    const number =
      issued < newYear(2025)
        ? `${random.pick(SERIES)}${digits}`
        : `AA${random.between(10, 99)}${digits}`;
    land.certificate = { number, issued: iso(issued) };
  }
  encumber(workshop, land, from, mortgaged);
}

function encumber(workshop: Workshop, land: Parcel, from: Day, mortgaged: boolean): void {
  const { random, layout } = workshop;
  const add = (
    kind: Parcel["encumbrances"][number]["kind"],
    more: { inFavourOf: string; company: string | null; amount: number | null; note: string },
    ends: boolean,
  ): void => {
    const start = random.between(Math.max(from + 30, TODAY - 3000), TODAY - 20);
    if (start <= from || start >= TODAY) return;
    const to = ends && start < TODAY - 400 ? iso(random.between(start + 300, TODAY - 10)) : null;
    land.encumbrances.push({
      id: `${land.id}-E${land.encumbrances.length + 1}`,
      kind,
      ...more,
      from: iso(start),
      to,
    });
  };
  if (mortgaged || random.chance(0.16)) {
    const lender = bank(layout, random.between(0, bankCount(layout) - 1));
    const amount = random.between(20, 400) * 10_000_000;
    add(
      "MORTGAGE",
      { inFavourOf: lender.name, company: lender.code, amount, note: "Thế chấp quyền sử dụng đất" },
      !mortgaged && random.chance(0.4),
    );
  }
  if (!mortgaged && random.chance(0.015))
    add(
      "DISPUTE",
      {
        inFavourOf: "Tòa án nhân dân khu vực",
        company: null,
        amount: null,
        note: "Tranh chấp ranh giới thửa đất",
      },
      random.chance(0.4),
    );
  if (!mortgaged && random.chance(0.01))
    add(
      "RESTRICTION",
      {
        inFavourOf: "Cơ quan thi hành án dân sự",
        company: null,
        amount: null,
        note: "Kê biên để thi hành án",
      },
      random.chance(0.3),
    );
}

const SERIES = ["BA", "BK", "BT", "CA", "CG", "CT", "DA", "DD", "DK"] as const;
