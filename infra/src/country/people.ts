import { ageOn, iso, TODAY, type Day } from "./calendar.ts";
import { identityCard, makeIdentity, type Birth, type Identity } from "./identity.ts";
import { placeIn, type Layout, type Site } from "./layout.ts";
import type { Company, Household, Insurance, Parcel, Person, Relation } from "./model.ts";
import { addressLine, fullName } from "./names.ts";
import type { Random } from "./randomness.ts";

/** A person while the block is being made: the record with the days as numbers beside it. */
export interface Citizen {
  record: Person;
  identity: Identity;
  name: string;
  born: Day;
  died: Day | null;
  home: Home | null;
  /** Since the household's first marriage or move; the person belongs to it from here on. */
  joined: Day;
}

/** A household while the block is being made. */
export interface Home {
  record: Household;
  since: Day;
  /** The day it moved here from elsewhere. */
  moved: { on: Day; from: Site; earlier: { code: string }; line: string } | null;
  earlier: { code: string; province: string };
  line: string;
  head: Citizen;
  members: Citizen[];
  poor: boolean;
}

/** A block in the making. */
export class Workshop {
  readonly layout: Layout;
  readonly site: Site;
  readonly random: Random;
  readonly citizens: Citizen[] = [];
  readonly homes: Home[] = [];
  readonly parcels: Parcel[] = [];
  readonly companies: Company[] = [];
  readonly insurance: Insurance[] = [];
  readonly byPin = new Map<string, Citizen>();
  /** The family of the demonstrations: nothing contradictory is planted there. */
  readonly spared = new Set<string>();

  constructor(layout: Layout, index: number) {
    this.layout = layout;
    this.site = layout.site(index);
    this.random = layout.random("block", index);
  }

  /** How many people the block still lacks. */
  get room(): number {
    return this.site.size - this.citizens.length;
  }

  /** The next person of the block, as a new birth or with an identity made before. */
  add(
    life: { birth: Birth } | { identity: Identity },
    more: {
      father?: Citizen | Identity | null;
      mother?: Citizen | Identity | null;
      died?: Day | null;
    } = {},
  ): Citizen {
    const { random } = this;
    const identity =
      "identity" in life
        ? life.identity
        : makeIdentity(this.layout, this.site, this.citizens.length, random, life.birth);
    const father = identityOf(more.father);
    const mother = identityOf(more.mother);
    const died = more.died ?? null;
    const adult = ageOn(identity.born, died ?? TODAY) >= 18;
    const native =
      (more.father && "record" in more.father
        ? more.father.record.nativePlace
        : father?.birthPlace) ?? identity.birthPlace;
    const citizen: Citizen = {
      identity,
      name: fullName(identity),
      born: identity.born,
      died,
      home: null,
      joined: identity.born,
      record: {
        pin: identity.pin,
        familyName: identity.familyName,
        middleName: identity.middleName,
        givenName: identity.givenName,
        otherName: random.chance(0.02)
          ? `${identity.familyName} ${random.pick(OTHER_NAMES)}`
          : null,
        sex: identity.sex,
        birthDate: iso(identity.born),
        birthPlace: identity.birthPlace,
        birthRegistration: identity.birthRegistration,
        nativePlace: native,
        ethnicity: identity.ethnicity,
        religion: random.weighted(RELIGIONS),
        nationality: "VN",
        bloodGroup: random.weighted(BLOOD_GROUPS),
        identityCard: identityCard(random, identity, died),
        father: father?.pin ?? null,
        mother: mother?.pin ?? null,
        legalRepresentative: null,
        maritalStatus: "SINGLE",
        marriages: [],
        residences: [],
        province: this.site.commune.province,
        deathDate: died === null ? null : iso(died),
        missingSince: null,
        // +84 11 is given to nobody today, and .example never will be: no real person can be reached.
        phone: adult && died === null && random.chance(0.85) ? `+84113${identity.serial}` : null,
        email:
          adult && died === null && random.chance(0.4)
            ? `c${identity.serial}@cong-dan.example`
            : null,
      },
    };
    this.citizens.push(citizen);
    this.byPin.set(identity.pin, citizen);
    return citizen;
  }

  /** Founds a household; `members` come with their relation to the head. */
  house(
    head: Citizen,
    since: Day,
    members: readonly (readonly [Citizen, Relation, Day])[],
    poor?: boolean,
  ): Home {
    const { random, site } = this;
    const earlier = random.pick(site.commune.earlier);
    const line = addressLine(random, site.commune.urban);
    const home: Home = {
      since,
      earlier,
      line,
      head,
      members: [head],
      moved: null,
      poor: poor ?? random.chance(0.05),
      record: {
        number: `${site.commune.province}${String(site.start + this.homes.length).padStart(7, "0")}`,
        place: placeIn(site, earlier, since, line),
        head: head.record.pin,
        members: [],
      },
    };
    head.home = home;
    home.record.members.push(membership(head, "HEAD", Math.max(since, head.born)));
    for (const [member, relation, from] of members) {
      member.home = home;
      home.members.push(member);
      home.record.members.push(membership(member, relation, Math.max(since, member.born, from)));
    }
    this.homes.push(home);
    return home;
  }

  /** Where an office would record one of the block's homes on a day. */
  place(home: Home, asOf: Day, line?: string): ReturnType<typeof placeIn> {
    return placeIn(this.site, home.earlier, asOf, line ?? home.line);
  }
}

function membership(citizen: Citizen, relation: Relation, from: Day): Household["members"][number] {
  citizen.joined = citizen.died === null ? from : Math.min(from, citizen.died);
  return {
    pin: citizen.record.pin,
    relation,
    from: iso(citizen.joined),
    to: citizen.record.deathDate,
  };
}

function identityOf(parent: Citizen | Identity | null | undefined): Identity | undefined {
  return parent ? ("identity" in parent ? parent.identity : parent) : undefined;
}

const OTHER_NAMES = ["Tèo", "Bống", "Út", "Tý", "Ba", "Tư", "Năm", "Bảy"] as const;
const RELIGIONS = [
  [null, 83],
  ["Phật giáo", 6],
  ["Công giáo", 7],
  ["Phật giáo Hòa Hảo", 1.5],
  ["Cao Đài", 1],
  ["Tin Lành", 1.5],
] as const;
const BLOOD_GROUPS = [
  [null, 30],
  ["O", 30],
  ["B", 21],
  ["A", 15],
  ["AB", 4],
] as const;

/** Alive on a day. */
export function aliveOn(citizen: Citizen, on: Day): boolean {
  return citizen.born <= on && (citizen.died === null || citizen.died > on);
}

/** Age today, or at death. */
export function ageOf(citizen: Citizen): number {
  return ageOn(citizen.born, citizen.died ?? TODAY);
}
