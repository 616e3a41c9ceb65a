import { dayInVietNam } from "@truc/contracts";
import { openDatabase } from "@truc/service";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Platform } from "../harness/platform.ts";
import { COUNTRY, Facts } from "./facts.ts";

const PORTAL = { system: "portal", purpose: "CITIZEN_RECORDS" };

const facts = new Facts();
const pin = facts.samples["citizen"]!;
const spouse = facts.spouseOf(pin)!;
const [eldest, second, youngest] = facts.childrenOf(pin).map((child) => child.pin) as [
  string,
  string,
  string,
];
let platform: Platform;
/** The day on which the register was written to. */
let today: string;

/** The day on which somebody was born who comes of age so many days from now. */
function bornForMajorityIn(days: number): string {
  const day = dayInVietNam(new Date(Date.now() + days * 86_400_000));
  return `${Number(day.slice(0, 4)) - 18}${day.slice(4)}`;
}

/** Writes into the population register as its agency would. */
async function reregister(citizen: string, birthDate: string): Promise<void> {
  const db = openDatabase(platform.databaseUrl("population"));
  try {
    const { numUpdatedRows } = await db.kysely
      .updateTable("citizen")
      .set({ birth_date: birthDate })
      .where("pin", "=", citizen)
      .executeTakeFirst();
    expect(numUpdatedRows).toBe(1n);
  } finally {
    await db.close();
  }
}

beforeAll(async () => {
  platform = await Platform.start(COUNTRY);
  today = dayInVietNam();
  // Before anybody asks, since a router remembers a person's wards for a minute.
  await reregister(eldest, bornForMajorityIn(0));
  await reregister(second, bornForMajorityIn(1));
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

const look = `query ($pin: PersonalIdentificationNumber!) {
  citizen(id: $pin) { id }
  landRightsOf(citizen: $pin) { nodes { from } }
  companiesOf(citizen: $pin) { nodes { role } }
  insuranceOf(citizen: $pin) { socialInsuranceNumber }
}`;

/** Who holds a right in a parcel now. */
function holdersOf(parcel: string): string[] {
  const present = facts.parcels.get(parcel)!.rights.filter(({ to }) => to === null);
  return present.flatMap(({ holder }) => ("citizen" in holder ? [holder.citizen] : []));
}

describe("a citizen who is signed in", () => {
  const self = { ...PORTAL, person: pin };

  test("is whom `me` means, and finds herself by her number in every register", async () => {
    const { body } = await platform.ask(self, `{ me { id fullName } }`);
    expect(body.data).toEqual({ me: { id: pin, fullName: facts.fullName(pin) } });
    const own = (await platform.ask(self, look, { pin })).body;
    expect(own.errors).toBeUndefined();
    expect(own.data!["citizen"]).toEqual({ id: pin });
    expect(own.data!["landRightsOf"].nodes.length).toBeGreaterThan(0);
    expect(own.data!["companiesOf"].nodes.length).toBeGreaterThan(0);
    expect(own.data!["insuranceOf"]).toEqual({
      socialInsuranceNumber: facts.insurance.get(pin)!.socialInsuranceNumber,
    });
  });

  test("finds nothing about a stranger, as about nobody", async () => {
    const stranger = [...facts.people.keys()].find(
      (each) =>
        facts.rightsOf(each).length > 0 &&
        facts.rolesOf(each).length > 0 &&
        facts.insurance.has(each) &&
        !facts.rightsOf(each).some(({ parcel }) => holdersOf(parcel.id).includes(pin)),
    )!;
    const ofStranger = (await platform.ask(self, look, { pin: stranger })).body;
    const ofNobody = (await platform.ask(self, look, { pin: "999999999999" })).body;
    expect(ofStranger.errors).toBeUndefined();
    expect(ofStranger.data).toEqual(ofNobody.data);
    expect(ofStranger.data!["citizen"]).toBeNull();
  });

  test("finds of her spouse only what stands in records of her own", async () => {
    const query = `query ($pin: PersonalIdentificationNumber!) {
      citizen(id: $pin) { id }
      insuranceOf(citizen: $pin) { socialInsuranceNumber }
      landRightsOf(citizen: $pin) { nodes { parcel { id } } }
    }`;
    const { body } = await platform.ask(self, query, { pin: spouse });
    expect(body.errors).toBeUndefined();
    expect(body.data).toMatchObject({ citizen: null, insuranceOf: null });
    const parcels = body.data!["landRightsOf"].nodes.map(
      ({ parcel }: { parcel: { id: string } }) => parcel.id,
    ) as string[];
    expect(parcels.filter((id) => !holdersOf(id).includes(pin))).toEqual([]);
  });

  test("sees her children up to the day they come of age", async () => {
    const { body } = await platform.ask(self, `{ me { children { name citizen { id } } } }`);
    expect(body.errors).toBeUndefined();
    const children = body.data!["me"].children as { name: string; citizen: unknown }[];
    expect(children.map(({ name }) => name).toSorted()).toEqual(
      [eldest, second, youngest].map((child) => facts.fullName(child)).toSorted(),
    );
    const seen = new Map(children.map(({ name, citizen }) => [name, citizen]));
    expect(seen.get(facts.fullName(eldest))).toBeNull();
    // Once midnight has passed in Viet Nam, she may have come of age as well.
    if (dayInVietNam() === today) expect(seen.get(facts.fullName(second))).toEqual({ id: second });
    expect(seen.get(facts.fullName(youngest))).toEqual({ id: youngest });
    const looks = (await platform.ask(self, look, { pin: youngest })).body.data!;
    expect(looks["citizen"]).toEqual({ id: youngest });
    expect((await platform.ask(self, look, { pin: eldest })).body.data!["citizen"]).toBeNull();
  });
});

test("a child of hers who signs in sees herself and nobody's records beside", async () => {
  const { body } = await platform.ask(
    { ...PORTAL, person: youngest },
    `{ me { id father { name citizen { id } } mother { name citizen { id } } } }`,
  );
  expect(body.errors).toBeUndefined();
  const parents = [pin, spouse].map((each) => ({ name: facts.fullName(each), citizen: null }));
  const { id, father, mother } = body.data!["me"];
  expect(id).toBe(youngest);
  expect([father, mother]).toEqual(expect.arrayContaining(parents));
});

test("a system without anybody signed in gets nothing under a grant for the signed-in person's own", async () => {
  const nobody = (await platform.ask(PORTAL, `{ me { id } }`)).body;
  expect(nobody.errors).toBeUndefined();
  expect(nobody.data).toEqual({ me: null });
  const { body } = await platform.ask(PORTAL, look, { pin });
  expect(body.errors).toBeUndefined();
  expect(body.data).toEqual((await platform.ask(PORTAL, look, { pin: "999999999999" })).body.data);
  expect(body.data!["citizen"]).toBeNull();
});
