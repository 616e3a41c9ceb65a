import type { GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  schema = await publishedSchema(platform, journeys[0]!);
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
  const { name, system, purpose, variables } = journey;

  test("what is expected is what the country's facts say", () => {
    expect(readExpected(name)).toEqual(journey.oracle(facts, variables));
  });

  // What the clean-up expects is made of many answers: see below.
  if (name !== CLEAN_UP) {
    test("the answer is the expected one", async () => {
      const { status, body } = await ask(journey);
      expect(body).toEqual({ data: readExpected(name) });
      expect(status).toBe(200);
    });
  }

  test("the router's journal has one record of it, with what was read for whom and why", async () => {
    const { requestId } = await ask(journey);
    const lines = platform.journals.linesOf(requestId);
    expect(Object.keys(lines)).toEqual(journey.subgraphs);
    for (const line of Object.values(lines).flat())
      expect(line).toMatchObject({ system, purpose, code: null });
    const records = platform.journals.recordsOf(requestId);
    expect(records).toHaveLength(1);
    const { fields, ...record } = records[0]!;
    expect(record).toMatchObject({
      system,
      agency: platform.file.systems.find(({ id }) => id === system)!.agency,
      person: null,
      purpose,
      decision: "allowed",
      refused: [],
      outcome: "answered",
      code: null,
      subgraphs: journey.subgraphs,
    });
    expect({
      PUBLIC: fields.PUBLIC.toSorted(),
      BASIC: fields.BASIC.toSorted(),
      SENSITIVE: fields.SENSITIVE.toSorted(),
    }).toEqual(readCoordinates(journey.query, schema, classes));
  });

  test("whoever lacks a scope is refused whole, with nothing fetched", async () => {
    const { scopes, ...caller } = journey.refused;
    const { status, body, requestId } = await platform.ask(caller, journey.query, variables);
    expect(status).toBe(403);
    expect(body).not.toHaveProperty("data");
    expect(body.errors).toHaveLength(1);
    expect(body.errors![0]!.extensions).toMatchObject({ code: "AUTHORIZE_SCOPE_MISSING", scopes });
    for (const scope of scopes) expect(body.errors![0]!.message).toContain(scope);
    expect(platform.journals.linesOf(requestId)).toEqual({});
    expect(platform.journals.recordsOf(requestId)).toMatchObject([
      {
        system: caller.system,
        agency: platform.file.systems.find(({ id }) => id === caller.system)!.agency,
        purpose: caller.purpose,
        fields: { PUBLIC: [], BASIC: [], SENSITIVE: [] },
        decision: "refused",
        outcome: "refused",
        code: "AUTHORIZE_SCOPE_MISSING",
        subgraphs: [],
      },
    ]);
  });
});

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
  const { area } = (
    await platform.ask(caller, `query ($id: LandParcelId!) { parcel(id: $id) { area } }`, { id })
  ).body.data!["parcel"];
  expect(area).toBe(facts.parcels.get(id)!.areaSquareMetres);
  const more = `query ($id: LandParcelId!) { parcel(id: $id) { area rightHolders(asOf: "${DAY}") { from } } }`;
  const { status, body } = await platform.ask(caller, more, { id });
  expect(status).toBe(403);
  expect(body.errors![0]!.extensions).toMatchObject({
    code: "AUTHORIZE_SCOPE_MISSING",
    scopes: ["land:rights"],
  });
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
    ["a document that does not parse", json(`{ citizen(id: "${pin}" { "${person}"`)],
    ["a field that is not there", json(`{ citizen(id: "${pin}") { p${pin} } }`)],
    ["an address", { method: "GET" }, `?query=${encodeURIComponent(`{citizen(id:"${pin}"){id}}`)}`],
    [
      "a bad cursor",
      json(`{ companiesOf(citizen: "${pin}", after: "${pin} ${person}") { nodes { role } } }`),
    ],
  ];

  test.each(requests)(
    "of a request with personal values in %s: one record",
    async (_what, init, address) => {
      const { requestId } = await platform.send(portal, init, address);
      const records = platform.journals.recordsOf(requestId);
      expect(records).toHaveLength(1);
      expect(records[0]).toMatchObject({ ...portal, agency: "service-portal-operator" });
    },
  );

  test("of a request that is no JSON: nothing, as it asks for nothing", async () => {
    const { status, requestId } = await platform.send(portal, post(`{"query": "${pin} ${person}`));
    expect(status).toBe(400);
    expect(platform.journals.recordsOf(requestId)).toEqual([]);
  });

  test("holds no personal value, in whatever journal or log", async () => {
    const all = journeys[0]!;
    const { requestId } = await ask(all);
    // A log is written behind the answer: once it holds this request, it holds all before it.
    for (const name of ["router", ...all.subgraphs]) {
      await expect.poll(() => platform.journals.texts()[`log/${name}.jsonl`]).toContain(requestId);
    }
    const texts = Object.entries(platform.journals.texts());
    const found = texts.flatMap(([file, text]) =>
      personalValuesIn(text, facts).map((value) => `${file}: ${value}`),
    );
    expect(found).toEqual([]);
  });

  test("holds one record for every request, numbered without a gap", () => {
    const records = platform.journals.records();
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  });
});

test("personal values are recognised where they stand", () => {
  const { pin } = [...facts.people.values()][0]!;
  expect(personalValuesIn(`{"path":"citizen ${pin}"}`, facts)).toEqual([pin]);
  expect(personalValuesIn(`{"digest":"a${pin}7"}`, facts)).toEqual([]);
  expect(personalValuesIn(`holder ${facts.fullName(pin)}.`, facts)).toContain(facts.fullName(pin));
});
