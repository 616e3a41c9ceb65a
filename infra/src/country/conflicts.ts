import { day, iso, newYear, TODAY, yearOf } from "./calendar.ts";
import type { Block, Conflict } from "./model.ts";
import { withToneOnFirstVowel } from "./units.ts";
import type { Workshop } from "./people.ts";

type Planter = (
  workshop: Workshop,
  touched: Set<string>,
) => Omit<Conflict, "province" | "commune"> | null;

/**
 * Plants contradictions between registers into a finished block: about 3 % of its people are touched, each by one.
 * A contradiction is a fact that one register has and another has not heard of: the succession is forgotten, the end
 * never reported, the name copied wrongly. Only the block's own people are touched, and never the example family.
 */
export function plant(workshop: Workshop): Block["conflicts"] {
  const { site } = workshop;
  const touched = new Set<string>();
  const conflicts: Conflict[] = [];
  const wanted = Math.ceil(site.size * 0.03);
  for (let turn = 0; conflicts.length < wanted && turn < wanted * 10; turn++) {
    const planter = PLANTERS[(turn + site.index) % PLANTERS.length]!;
    const found = planter(workshop, touched);
    if (found === null) continue;
    for (const key of [found.citizen, found.company, found.parcel])
      if (key !== null) touched.add(key);
    conflicts.push({ ...found, province: site.commune.province, commune: site.commune.code });
  }
  return conflicts;
}

const PLANTERS: readonly Planter[] = [
  deadRightHolder,
  dissolvedEmployer,
  misspeltOnCertificate,
  deadRepresentative,
  deadCardHolder,
  misspeltInCompany,
];

function deadRightHolder(workshop: Workshop, touched: Set<string>): ReturnType<Planter> {
  for (const parcel of workshop.random.shuffled(workshop.parcels)) {
    if (touched.has(parcel.id)) continue;
    const dead = parcel.rights.filter(
      ({ holder }) => "citizen" in holder && workshop.byPin.get(holder.citizen)?.died != null,
    );
    const right = dead[0];
    if (
      right === undefined ||
      right.to === null ||
      !("citizen" in right.holder) ||
      touched.has(right.holder.citizen)
    )
      continue;
    const { to } = right;
    const died = workshop.byPin.get(right.holder.citizen)!.record.deathDate!;
    parcel.rights = parcel.rights.filter(({ from }) => from < to);
    for (const each of parcel.rights) if (each.to === to) each.to = null;
    parcel.encumbrances = parcel.encumbrances.filter(({ from }) => from < died);
    if (parcel.certificate !== null) {
      const issued = Math.min(day(right.from) + 30, TODAY);
      const digits = parcel.certificate.number.slice(-6);
      parcel.certificate = {
        number: issued < newYear(2025) ? `BC${digits}` : parcel.certificate.number,
        issued: iso(issued),
      };
    }
    return {
      kind: "DEAD_RIGHT_HOLDER",
      citizen: right.holder.citizen,
      company: null,
      parcel: parcel.id,
      detail: `The holder of right ${right.id} died on ${died}.`,
    };
  }
  return null;
}

function dissolvedEmployer(workshop: Workshop, touched: Set<string>): ReturnType<Planter> {
  for (const company of workshop.companies) {
    const last = company.statuses.at(-1)!;
    if (last.status !== "DISSOLVED") continue;
    for (const { pin, contributions } of workshop.insurance) {
      const contribution = contributions.at(-1);
      if (contribution?.employer !== company.code || contribution.to === null || touched.has(pin))
        continue;
      contribution.to = null;
      const record = workshop.insurance.find((each) => each.pin === pin)!;
      record.benefits = record.benefits.filter(({ kind }) => kind !== "UNEMPLOYMENT");
      return {
        kind: "DISSOLVED_EMPLOYER_CONTRIBUTES",
        citizen: pin,
        company: company.code,
        parcel: null,
        detail: `Contribution ${contribution.id} goes on though the employer was dissolved on ${last.from}.`,
      };
    }
  }
  return null;
}

function misspeltOnCertificate(workshop: Workshop, touched: Set<string>): ReturnType<Planter> {
  for (const parcel of workshop.random.shuffled(workshop.parcels)) {
    if (touched.has(parcel.id)) continue;
    for (const right of parcel.rights) {
      if (right.to !== null || !("citizen" in right.holder)) continue;
      const citizen = workshop.byPin.get(right.holder.citizen);
      if (
        citizen === undefined ||
        citizen.died !== null ||
        !free(workshop, touched, citizen.record.pin)
      )
        continue;
      right.nameOnCertificate = misspelt(workshop, citizen.name);
      return {
        kind: "NAME_SPELT_DIFFERENTLY",
        citizen: citizen.record.pin,
        company: null,
        parcel: parcel.id,
        detail: `Right ${right.id} is in the name of ${right.nameOnCertificate}; the citizen is ${citizen.name}.`,
      };
    }
  }
  return null;
}

function misspeltInCompany(workshop: Workshop, touched: Set<string>): ReturnType<Planter> {
  for (const company of workshop.random.shuffled(workshop.companies)) {
    if (touched.has(company.code)) continue;
    for (const representative of company.representatives) {
      const citizen = workshop.byPin.get(representative.pin);
      if (representative.to !== null || citizen === undefined || citizen.died !== null) continue;
      if (!free(workshop, touched, representative.pin)) continue;
      representative.name = misspelt(workshop, citizen.name);
      return {
        kind: "NAME_SPELT_DIFFERENTLY",
        citizen: representative.pin,
        company: company.code,
        parcel: null,
        detail: `The company's representative is entered as ${representative.name}; the citizen is ${citizen.name}.`,
      };
    }
  }
  return null;
}

function deadRepresentative(workshop: Workshop, touched: Set<string>): ReturnType<Planter> {
  for (const company of workshop.companies) {
    if (touched.has(company.code)) continue;
    const late = company.representatives[0]!;
    const citizen = workshop.byPin.get(late.pin);
    if (citizen == null || citizen.died === null || late.to === null || touched.has(late.pin))
      continue;
    if (company.statuses.at(-1)!.status !== "ACTIVE") continue;
    late.to = null;
    company.representatives.splice(1);
    company.changes = company.changes.filter(({ kind }) => kind !== "REPRESENTATIVE");
    return {
      kind: "DEAD_REPRESENTATIVE",
      citizen: late.pin,
      company: company.code,
      parcel: null,
      detail: `The representative died on ${citizen.record.deathDate!}.`,
    };
  }
  return null;
}

function deadCardHolder(workshop: Workshop, touched: Set<string>): ReturnType<Planter> {
  for (const { pin, healthCards } of workshop.random.shuffled(workshop.insurance)) {
    const citizen = workshop.byPin.get(pin)!;
    const card = healthCards.at(-1);
    if (citizen.died === null || card === undefined || card.type === "TE" || touched.has(pin))
      continue;
    card.to = card.type === "HT" ? null : iso(newYear(yearOf(TODAY) + 1) - 1);
    return {
      kind: "DEAD_CARD_VALID",
      citizen: pin,
      company: null,
      parcel: null,
      detail: `Card ${card.number} is still valid; its holder died on ${citizen.record.deathDate!}.`,
    };
  }
  return null;
}

/** Neither touched already nor of the example family. */
function free(workshop: Workshop, touched: Set<string>, pin: string): boolean {
  return !touched.has(pin) && !workshop.spared.has(pin);
}

/** A name as a clerk gets it wrong: a mark lost, i for y, or the tone mark on the other vowel. */
function misspelt({ random }: Workshop, name: string): string {
  const wrong = [
    name.replace("Thị ", "Thi "),
    name.replace("Đ", "D"),
    name.replace("Văn ", "Vân "),
    name.replace("ủy", "uỷ"),
    name.replace("úy", "uý"),
    name.replace("ý", "í"),
    name.replace("y", "i"),
    name.replace("ễ", "ể"),
    name.replace("ồ", "ô"),
    name.replace("ạ", "a"),
    name.replace("ầ", "â"),
  ].filter((each) => each !== name);
  return wrong.length > 0 ? random.pick(wrong) : withToneOnFirstVowel(`${name} A`);
}
