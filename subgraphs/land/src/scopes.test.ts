import type { Limits } from "@truc/contracts";
import { openDatabase } from "@truc/service";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { subgraph } from "./server.ts";
import { AN, BUILDER, loadSample } from "./testing/sample-land.ts";

const NOBODY = "901999999999";
const NO_COMPANY = "0000000031";
const COMMUNE = 'commune: { code: "00004", asOf: "2026-01-01" }';
const UNRELATED = "business:profile";

/** Limits that cover what is asked for take no scope's place. */
const limits: Limits = { provinces: ["01"], subjects: "any", search: true, linked: 3 };

/** Each root that gives guarded data, asked for what nobody would guard by itself; once with facts behind it, once without. */
const ROOTS: [scope: string, known: string, unknown: string][] = [
  [
    "land:parcel",
    '{ root: parcel(id: "00001-5-10") { __typename } }',
    '{ root: parcel(id: "99999-1-1") { __typename } }',
  ],
  [
    "land:parcel",
    '{ root: parcels(ids: ["00001-5-10"]) { __typename } }',
    '{ root: parcels(ids: ["99999-1-1"]) { __typename } }',
  ],
  [
    "land:parcel",
    '{ root: certificate(number: "BK123456") { __typename } }',
    '{ root: certificate(number: "ZZ000000") { __typename } }',
  ],
  [
    "land:parcel",
    `{ root: searchParcels(filter: { ${COMMUNE} }) { nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
    `{ root: searchParcels(filter: { ${COMMUNE}, sheet: 99 }) { nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
  ],
  [
    "land:rights",
    `{ root: landRightsOf(citizen: "${AN}") { nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
    `{ root: landRightsOf(citizen: "${NOBODY}") { nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
  ],
  [
    "land:rights",
    `{ root: landRightsOfCompany(code: "${BUILDER}") { nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
    `{ root: landRightsOfCompany(code: "${NO_COMPANY}") { nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
  ],
  ...["Citizen", "Company"].map((type): [string, string, string] => {
    const entity = (key: string) =>
      `{ root: _entities(representations: [{ __typename: "${type}", ${key} }]) { ... on ${type} { landRights { pageInfo { hasNextPage endCursor } } } } }`;
    return type === "Citizen"
      ? ["land:rights", entity(`id: "${AN}"`), entity(`id: "${NOBODY}"`)]
      : ["land:rights", entity(`code: "${BUILDER}"`), entity(`code: "${NO_COMPANY}"`)];
  }),
];

describe.each(databaseServers().slice(0, 1))("scopes of the land register", (server) => {
  let database: TestDatabase;
  let land: TestSubgraph;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    land = await startSubgraph(subgraph, database.url);
    const db = openDatabase(database.url);
    await loadSample(db);
    await db.close();
  });
  afterAll(async () => {
    await land?.stop();
    await database?.drop();
  });

  test.each(ROOTS)(
    "nothing but %s tells whether anything is there: %s",
    async (scope, known, unknown) => {
      const others = land.scopes.filter((other) => other !== scope);
      for (const scopes of [[UNRELATED], others, []]) {
        const answer = await land.query(known, { scopes });
        expect(answer.data?.root ?? null).toBeNull();
        expect(answer.errors!.map(({ extensions }) => extensions["code"])).toContain(
          "UNAUTHORIZED_FIELD_OR_TYPE",
        );
        expect(land.statements).toBe(0);
        expect(await land.query(unknown, { scopes })).toEqual(answer);
        expect(await land.query(known, { scopes, limits })).toEqual(answer);
      }
      const allowed = await land.query(known, { scopes: [scope] });
      expect(allowed.errors).toBeUndefined();
      expect(allowed.data.root).not.toBeNull();
    },
  );

  test.each([
    [
      "land:rights",
      "filter.holderName",
      `{ ${COMMUNE}, holderName: "Lê" }`,
      "A search by holder's name needs the scope land:rights.",
    ],
    [
      "land:rights",
      "filter.holderName",
      '{ holderName: "nguyen duc" }',
      "A search by holder's name needs the scope land:rights.",
    ],
    [
      "land:encumbrances",
      "filter.encumbered",
      `{ ${COMMUNE}, encumbered: true }`,
      "A search by encumbrance needs the scope land:encumbrances.",
    ],
    [
      "land:encumbrances",
      "filter.encumbered",
      `{ ${COMMUNE}, encumbered: false }`,
      "A search by encumbrance needs the scope land:encumbrances.",
    ],
  ])("without %s, no search by %s: %s", async (scope, argument, filter, message) => {
    const query = `{ searchParcels(filter: ${filter}) { nodes { id } pageInfo { hasNextPage } } }`;
    const others = land.scopes.filter((other) => other !== scope);
    const { data, errors } = await land.query(query, { scopes: others });
    expect(data).toEqual({ searchParcels: null });
    expect(errors).toHaveLength(1);
    expect(errors![0]).toMatchObject({
      message,
      extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE", scopes: [[scope]], argument },
    });
    expect(land.statements).toBe(0);
    const allowed = await land.query(query, { scopes: ["land:parcel", scope] });
    expect(allowed.errors).toBeUndefined();
    expect(allowed.data.searchParcels.nodes).not.toEqual([]);
  });

  test("who may not search is told so first, with nothing read", async () => {
    const { data, errors } = await land.query(
      `{ searchParcels(filter: { holderName: "nguyen" }) { nodes { id } } }`,
      { scopes: ["land:parcel"], limits: { ...limits, search: false } },
    );
    expect(data).toEqual({ searchParcels: null });
    expect(errors!.map(({ extensions }) => extensions["code"])).toEqual(["SEARCH_NOT_GRANTED"]);
    expect(land.statements).toBe(0);
  });

  test("a caller with land:parcel alone searches by what a parcel is", async () => {
    const { data, errors } = await land.query(
      `{ searchParcels(filter: { ${COMMUNE}, sheet: 5, use: "ONT", area: { min: 1000 } }) { nodes { id } } }`,
      { scopes: ["land:parcel"] },
    );
    expect(errors).toBeUndefined();
    expect(data.searchParcels.nodes).toEqual([{ id: "00004-5-10" }]);
  });
});
