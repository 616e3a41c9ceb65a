import { anchorCompany, anchorsOf, bank, bankCount, majority } from "./anchors.ts";
import { day, iso, newYear, REFORM, TODAY, yearOf, type Day } from "./calendar.ts";
import { placeIn } from "./layout.ts";
import type { Holder, Parcel } from "./model.ts";
import { addressLine, fullName } from "./names.ts";
import { aliveOn, type Citizen, type Home, type Workshop } from "./people.ts";

/** One holder in a set of holders whose shares add up to 1. */
interface Owner {
  holder: Holder;
  name: string;
  numerator: number;
  denominator: number;
}

/** Bounds the certificates' serials: 4,000 blocks of so many fill six digits. */
const PARCELS_PER_BLOCK = 240;
const PARCELS_PER_SHEET = 40;
/** Sheets that one block may fill in a commune; a second block of the same commune begins after them. */
const SHEETS_PER_BLOCK = 12;
/** Certificates of today's kind exist since the law of 1993. */
const FIRST_RIGHTS: Day = newYear(1994);

/** Land of the block's households and companies, with its earlier holders. */
export function parcel(workshop: Workshop): void {
  for (const home of workshop.homes) {
    const example = workshop.spared.has(home.head.record.pin);
    const count = example
      ? 2
      : workshop.random.weighted([
          [0, 3],
          [1, 5],
          [2, 3],
          [3, 1],
        ] as const);
    for (let which = 0; which < count; which++) familyParcel(workshop, home, which, example);
  }
  for (const company of workshop.companies) {
    if (company.kind === "HOUSEHOLD_BUSINESS" || company.statuses.at(-1)!.status !== "ACTIVE")
      continue;
    const earliest = day(company.registered) + 60;
    if (earliest > TODAY - 60 || !workshop.random.chance(0.35)) continue;
    const from = workshop.random.between(earliest, TODAY - 30);
    const land = survey(workshop, workshop.random.chance(0.5) ? "TMD" : "SKC", from);
    hold(land, [sole({ company: company.code }, company.name)], from, null);
    finish(workshop, land, from);
  }
}

/** Land of a household: an elder's or a seller's first, where it has a history, then the couple's or heirs'. */
function familyParcel(workshop: Workshop, home: Home, which: number, example: boolean): void {
  const { random } = workshop;
  const heirs = home.members.filter(
    (member) => member.died === null && majority(member.born) < TODAY - 400,
  );
  const dead = home.members.find(
    (member) =>
      member.died !== null &&
      member.died > FIRST_RIGHTS + 800 &&
      majority(member.born) < member.died - 800,
  );
  const holder = heirs[0];
  if (holder === undefined) return;
  const land = survey(workshop, workshop.site.commune.urban ? "ODT" : "ONT", TODAY, home);
  if (dead !== undefined && which === 0) {
    if (inherited(workshop, land, dead, heirs)) return;
  }
  const spouse = home.members.find(
    (member) =>
      member.died === null &&
      member.record.marriages.some((m) => m.spouse === holder.record.pin && m.to === null),
  );
  const wedding = spouse === undefined ? null : day(spouse.record.marriages.at(-1)!.from);
  const earliest = Math.max(FIRST_RIGHTS, majority(holder.born), wedding ?? 0, home.since) + 60;
  if (earliest > TODAY - 100) return void workshop.parcels.pop();
  const from = random.between(Math.max(earliest, TODAY - 9000), TODAY - 100);
  const shared = (example && which === 1) || (!example && random.chance(0.08));
  const owners = shared
    ? sharedWithElsewhere(workshop, holder, spouse)
    : ownersOf(holder, spouse, random.chance(0.8));
  if (from - FIRST_RIGHTS > 1500 && random.chance(0.3)) soldBefore(workshop, land, from);
  hold(land, owners, from, null);
  finish(workshop, land, from, example && which === 0);
}

/** Enters the dead holder and who inherited; false where no heir was of age at the time. */
function inherited(
  workshop: Workshop,
  land: Parcel,
  dead: Citizen,
  heirs: readonly Citizen[],
): boolean {
  const { random } = workshop;
  const died = dead.died!;
  const from = random.between(Math.max(FIRST_RIGHTS, majority(dead.born)) + 30, died - 300);
  const passed = Math.min(died + random.between(30, 400), TODAY - 5);
  const able = heirs
    .filter((heir) => majority(heir.born) < passed && aliveOn(heir, passed))
    .slice(0, 3);
  if (able.length === 0) return false;
  const widow = heirs.find(({ record }) =>
    dead.record.marriages.some(({ spouse }) => spouse === record.pin),
  );
  const together =
    widow !== undefined &&
    majority(widow.born) < from &&
    dead.record.marriages.some((m) => day(m.from) < from);
  hold(
    land,
    together ? ownersOf(dead, widow, true) : [sole({ citizen: dead.record.pin }, dead.name)],
    from,
    passed,
  );
  hold(land, equal(able), passed, null);
  finish(workshop, land, passed);
  return true;
}

/** An earlier holder who sold: the anchors of another block, or a company there. */
function soldBefore(workshop: Workshop, land: Parcel, sold: Day): void {
  const { random, layout } = workshop;
  const block = random.between(0, layout.blocks - 1);
  const { husband, wife } = anchorsOf(layout, block);
  const from = random.between(FIRST_RIGHTS + 200, sold - 200);
  const company = anchorCompany(layout, block);
  const owners: Owner[] =
    random.chance(0.2) && company.registered < from
      ? [sole({ company: company.code }, company.name)]
      : [husband, wife].map((one) => ({
          holder: { citizen: one.pin },
          name: fullName(one),
          numerator: 1,
          denominator: 2,
        }));
  hold(land, owners, from, sold);
}

function sharedWithElsewhere(
  workshop: Workshop,
  holder: Citizen,
  spouse: Citizen | undefined,
): Owner[] {
  const { random, layout, site } = workshop;
  const other = layout.elsewhere(random, site.commune.province);
  if (other === null) return ownersOf(holder, spouse, true);
  const { husband, wife } = anchorsOf(layout, other.index);
  const owner = random.pick([husband, wife]);
  const far: Owner = {
    holder: { citizen: owner.pin },
    name: fullName(owner),
    numerator: 1,
    denominator: 2,
  };
  if (spouse === undefined)
    return [{ ...sole({ citizen: holder.record.pin }, holder.name), denominator: 2 }, far];
  return [
    ...ownersOf(holder, spouse, true).map((near) => ({ ...near, denominator: 3 })),
    { ...far, denominator: 3 },
  ];
}

function ownersOf(holder: Citizen, spouse: Citizen | undefined, together: boolean): Owner[] {
  return equal(spouse !== undefined && together ? [holder, spouse] : [holder]);
}
function equal(holders: readonly Citizen[]): Owner[] {
  return holders.map(({ record, name }) => ({
    holder: { citizen: record.pin },
    name,
    numerator: 1,
    denominator: holders.length,
  }));
}
function sole(holder: Holder, name: string): Owner {
  return { holder, name, numerator: 1, denominator: 1 };
}

function hold(land: Parcel, owners: readonly Owner[], from: Day, to: Day | null): void {
  for (const { holder, name, numerator, denominator } of owners)
    land.rights.push({
      id: `${land.id}-R${land.rights.length + 1}`,
      holder,
      nameOnCertificate: name,
      share: { numerator, denominator },
      from: iso(from),
      to: to === null ? null : iso(to),
    });
}

/** The next parcel of the block, with its shape, not yet held by anybody. */
function survey(workshop: Workshop, mainUse: string, asOf: Day, home?: Home): Parcel {
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
function finish(workshop: Workshop, land: Parcel, from: Day, mortgaged = false): void {
  const { random, layout, site } = workshop;
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
