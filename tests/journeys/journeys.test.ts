import type { GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PURPOSES } from "../../infra/src/demo/purposes.ts";
import { type Answer, Platform } from "../harness/platform.ts";
import { by, COUNTRY, DAY, Facts } from "./facts.ts";
import { cleanUp, type ParcelPage } from "./7-clean-up/clean-up.ts";
import { type Journey, readExpected, readJourneys } from "./journeys.ts";
import { personalValuesIn } from "./personal-values.ts";
import { publishedSchema, readCoordinates, statedClasses } from "./read-coordinates.ts";

const CLEAN_UP = "7-clean-up";

const facts = new Facts();
const journeys = await readJourneys(facts);
const classes = statedClasses();
let platform: Platform;
let schema: GraphQLSchema;

beforeAll(async () => {
  platform = await Platform.start(COUNTRY);
  schema = await publishedSchema(platform, journeys[1]!);
});
afterAll(async () => {
  expect(await platform.stop()).toBe(0);
});

const ask = async (journey: Journey): Promise<Answer> =>
  await platform.ask(journey, journey.query, journey.variables);

test("the journeys are there, over the country that the platform announces", () => {
  expect(journeys.map(({ name }) => name)).toEqual([
    "1-my-records",
    "2-land-transfer",
    "3-contribution-check",
    "4-company-founder",
    "6-asset-declaration",
    CLEAN_UP,
  ]);
  expect(facts.samples).toMatchObject(platform.file.samples);
});

describe.each(journeys)("journey $name", (journey) => {
  const { name, system, purpose, person, variables } = journey;

  test("what is expected is what the country's facts say", () => {
    expect(readExpected(name)).toEqual(journey.oracle(facts, variables, person ?? ""));
  });

  // What the clean-up expects is made of many answers: see below.
  if (name !== CLEAN_UP) {
    test("the answer is the expected one", async () => {
      const { status, body } = await ask(journey);
      expect(body.errors).toBeUndefined();
      expect(body.data).toEqual(readExpected(name));
      expect(status).toBe(200);
    });
  }

  test("one record says what was read of whom, for whom and why", async () => {
    const { requestId, body } = await ask(journey);
    const lines = platform.journals.linesOf(requestId);
    expect(Object.keys(lines)).toEqual(journey.subgraphs);
    for (const line of Object.values(lines).flat())
      expect(line).toMatchObject({ system, purpose, code: null });
    const [kept, ...others] = await platform.records.of(requestId);
    expect(others).toEqual([]);
    const { record, context } = kept!;
    expect(context).toEqual({
      system,
      agency: platform.file.systems.find(({ id }) => id === system)!.agency,
      purpose,
      legalBasis: PURPOSES.find(({ code }) => code === purpose)!.legalBasis,
      grant: expect.any(String),
      disclosureDelayDays: purpose === "ASSET_DECLARATION" ? 90 : 0,
      operationName: null,
      fields: readCoordinates(journey.query, schema, classes),
      refused: [],
      decision: "allowed",
    });
    expect(record).toMatchObject({ outcome: "answered", bytes: expect.any(Number) });
    expect(record.code).toBeUndefined();
    // Whoever signed in is opaque here, too.
    if (person === undefined) expect(record.person).toBeUndefined();
    else expect(record.person).toMatch(/^[\w-]{16,}$/);
    expect(Object.keys(record.asked!).toSorted()).toEqual(journey.subgraphs);
    const citizens = pinsIn(body.data).map((pin) =>
      platform.records.pseudonymIn(kept!, "Citizen", pin),
    );
    expect(citizens.length).toBeGreaterThan(0);
    expect(record.subjects!["Citizen"]).toEqual(expect.arrayContaining(citizens));
  });

  test("whoever lacks a scope gets null in its place, told what would open it, and nothing of it is read", async () => {
    const { scopes, ...caller } = journey.refused;
    const { status, body, requestId } = await platform.ask(caller, journey.query, variables);
    expect(status).toBe(200);
    const refusals = body.errors!;
    expect(new Set(refusals.map(({ extensions }) => extensions["code"]))).toEqual(
      new Set(["UNAUTHORIZED_FIELD_OR_TYPE"]),
    );
    expect(scopesNeeded(refusals)).toEqual(scopes);
    for (const { path } of refusals)
      expect(valuesAt(body.data, path as string[]).filter((value) => value !== null)).toEqual([]);
    const [kept, ...others] = await platform.records.of(requestId);
    expect(others).toEqual([]);
    const { record, context } = kept!;
    const refused = refusals.map(({ extensions }) => extensions["coordinate"] as string);
    expect(context).toMatchObject({
      system: caller.system,
      agency: platform.file.systems.find(({ id }) => id === caller.system)!.agency,
      purpose: caller.purpose,
      decision: "filtered",
      refused: [...new Set(refused)].toSorted(),
    });
    expect(record.code).toBe("UNAUTHORIZED_FIELD_OR_TYPE");
    const asked = Object.keys(platform.journals.linesOf(requestId));
    expect(Object.keys(record.asked ?? {}).toSorted()).toEqual(asked);
    const read = Object.values(context.fields).flat();
    expect(read.filter((coordinate) => refused.includes(coordinate))).toEqual([]);
  });
});

/** Every scope that errors name as lacking, once, in order. */
function scopesNeeded(errors: NonNullable<Answer["body"]["errors"]>): string[] {
  const needs = errors.flatMap(({ extensions }) => (extensions["needs"] as string[][]).flat());
  return [...new Set(needs)].toSorted();
}

/** The numbers of people at whatever place of an answer. */
function pinsIn(value: unknown): string[] {
  return [...new Set(JSON.stringify(value).match(/(?<=")9\d{11}(?=")/g))];
}

/** What stands at a path of response keys, once for each element of the lists on the way; a null above counts as one. */
function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, path));
  const [key, ...rest] = path;
  if (key === undefined || value === null) return [value];
  return valuesAt((value as Record<string, unknown>)[key], rest);
}

describe("the clean-up", () => {
  const journey = journeys.find(({ name }) => name === CLEAN_UP)!;
  const expected = readExpected(CLEAN_UP);

  test("finds in a commune exactly what was planted there, page by page", async () => {
    const { parcels, pages, contradictions } = await cleanUp(async (after) => {
      const { body } = await platform.ask(journey, journey.query, { ...journey.variables, after });
      expect(body.errors).toBeUndefined();
      return body.data!["searchParcels"] as ParcelPage;
    });
    expect(parcels).toEqual(expected.parcels);
    expect(pages).toBe(Math.ceil(expected.parcels.length / 25));
    expect(pages).toBeGreaterThan(1);
    expect(contradictions.toSorted(by(({ parcel }) => [parcel]))).toEqual(expected.contradictions);
  });

  test("has dead right holders to find", () => {
    const kinds = expected.contradictions.map(({ kind }: { kind: string }) => kind);
    expect(kinds).toContain("DEAD_RIGHT_HOLDER");
    expect(kinds).toContain("NAME_SPELT_DIFFERENTLY");
  });
});

test("a token with a part of the grant opens that part only", async () => {
  const caller = { system: "land-office", purpose: "LAND_TRANSFER", scope: "land:parcel" };
  const id = facts.samples["parcel"]!;
  const query = `query ($id: LandParcelId!) { parcel(id: $id) { area rightHolders(asOf: "${DAY}") { from } } }`;
  const { status, body } = await platform.ask(caller, query, { id });
  expect(status).toBe(200);
  expect(body.data).toEqual({
    parcel: { area: facts.parcels.get(id)!.areaSquareMetres, rightHolders: null },
  });
  expect(body.errors).toMatchObject([
    {
      path: ["parcel", "rightHolders"],
      extensions: {
        code: "UNAUTHORIZED_FIELD_OR_TYPE",
        coordinate: "LandParcel.rightHolders",
        needs: [["land:rights"]],
        owners: ["land-administration"],
      },
    },
  ]);
});

describe("what is written down", () => {
  const pin = facts.samples["citizen"]!;
  const person = facts.fullName(pin);
  const portal = { system: "portal", purpose: "CITIZEN_RECORDS" };
  const post = (body: string): RequestInit => ({ method: "POST", body });
  const json = (query: string, variables?: object): RequestInit =>
    post(JSON.stringify({ query, variables }));
  const search = `query ($name: String) { searchCitizens(filter: { name: $name }) { nodes { id } } }`;
  const byPin = `query ($pin: PersonalIdentificationNumber!) { citizen(id: $pin) { id } }`;

  /** Personal values at every place of a request where they can stand, right and wrong ones. */
  const requests: [what: string, init: RequestInit, search?: string][] = [
    ["a literal", json(`{ citizen(id: "${pin}") { id fullName } }`)],
    ["an alias", json(`{ p${pin}: citizen(id: "${pin}") { id } }`)],
    ["a comment", json(`# ${person}\n{ citizen(id: "${pin}") { id } }`)],
    ["a variable of the wrong kind", json(byPin, { pin: [pin, person] })],
    ["a value that breaks its rule", json(`{ citizen(id: "${person} ${pin}") { id } }`)],
    ["a search that is not selective", json(search, { name: person.split(" ").at(-1) })],
    ["a search", json(search, { name: person })],
    ["an address", { method: "GET" }, `?query=${encodeURIComponent(`{citizen(id:"${pin}"){id}}`)}`],
    [
      "a bad cursor",
      json(`{ companiesOf(citizen: "${pin}", after: "${pin} ${person}") { nodes { role } } }`),
    ],
  ];

  /** The same where nothing is asked for that the schema knows: such requests are only counted. */
  const malformed: typeof requests = [
    ["no JSON", post(`{"query": "${pin} ${person}`)],
    ["a document that does not parse", json(`{ citizen(id: "${pin}" { "${person}"`)],
    ["a field that is not there", json(`{ citizen(id: "${pin}") { p${pin} } }`)],
  ];

  test.each(requests)(
    "of a request with personal values in %s: one record",
    async (_what, init, address) => {
      const { requestId } = await platform.send(portal, init, address);
      const records = await platform.records.of(requestId);
      expect(records).toHaveLength(1);
      expect(records[0]!.context).toMatchObject({ ...portal, agency: "service-portal-operator" });
    },
  );

  test.each(malformed)("of a request with %s: no record", async (_what, init, address) => {
    const { status, requestId } = await platform.send(portal, init, address);
    expect(status).toBe(400);
    expect(await platform.records.of(requestId)).toEqual([]);
  });

  test("holds no personal value, in whatever journal, log or table of records", async () => {
    const all = journeys[0]!;
    const { requestId } = await ask(all);
    // A log is written behind the answer: once it holds this request, it holds all before it.
    const writers = all.subgraphs.map((name) => (name === "registry" ? "authority" : name));
    for (const name of ["router", ...writers]) {
      await expect.poll(() => platform.journals.texts()[`log/${name}.jsonl`]).toContain(requestId);
    }
    const texts = Object.entries({
      ...platform.journals.texts(),
      ...(await platform.records.texts()),
    });
    const found = texts.flatMap(([file, text]) =>
      personalValuesIn(text, facts).map((value) => `${file}: ${value}`),
    );
    expect(found).toEqual([]);
  });

  test("holds one record for every request, numbered without a gap", async () => {
    const records = await platform.records.all();
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
    // What the router asks for itself on the way has a record of its own under the same id.
    const ids = records.map(({ record, context }) => `${context.system === "router"} ${record.id}`);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test("an officer sees the holder in another province through the parcel, and cannot look her up", async () => {
  const parcel = facts.parcels.get(facts.samples["parcel"]!)!;
  const holders = parcel.rights.flatMap(({ holder }) =>
    "citizen" in holder ? [facts.people.get(holder.citizen)!] : [],
  );
  const [stranger] = holders.filter(({ province }) => province !== "01");
  const [neighbour] = holders.filter(({ province }) => province === "01");
  const caller = { system: "land-office", purpose: "LAND_TRANSFER" };
  const { body } = await platform.ask(
    caller,
    `query ($parcel: LandParcelId!, $stranger: PersonalIdentificationNumber!, $neighbour: PersonalIdentificationNumber!) {
      parcel(id: $parcel) { rightHolders { citizen { id birthDate } } }
      stranger: citizen(id: $stranger) { id }
      neighbour: citizen(id: $neighbour) { id }
    }`,
    { parcel: parcel.id, stranger: stranger!.pin, neighbour: neighbour!.pin },
  );
  expect(body.errors).toBeUndefined();
  expect(body.data!["parcel"].rightHolders).toContainEqual({
    citizen: { id: stranger!.pin, birthDate: stranger!.birthDate },
  });
  expect(body.data!["stranger"]).toBeNull();
  expect(body.data!["neighbour"]).toEqual({ id: neighbour!.pin });
});

test("personal values are recognised where they stand", () => {
  const { pin } = [...facts.people.values()][0]!;
  expect(personalValuesIn(`{"path":"citizen ${pin}"}`, facts)).toEqual([pin]);
  expect(personalValuesIn(`{"digest":"a${pin}7"}`, facts)).toEqual([]);
  expect(personalValuesIn(`holder ${facts.fullName(pin)}.`, facts)).toContain(facts.fullName(pin));
});
