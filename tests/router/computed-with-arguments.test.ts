import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable"])';
let federation: StubFederation;

interface Cargo {
  weight?: number | null;
  owner?: { share?: number } | null;
  holds?: { room?: number }[] | null;
  fee?: number;
}

/** Grams of what weighs a kilogram, and so on; there is no weighing in stone. */
const PER_TONNE: Record<string, number> = { TONNE: 1, KG: 1_000, GRAM: 1_000_000 };

beforeAll(async () => {
  federation = await StubFederation.start({
    scales: {
      schema: `${LINK} enum Unit { TONNE KG GRAM STONE } type Query { cargoes: [Cargo!] trip: Trip }
        type Trip @key(fields: "id") { id: ID! cargo: Cargo }
        type Cargo @key(fields: "id") { id: ID! weight(unit: Unit! = TONNE): Float owner: Owner holds: [Hold!] }
        type Owner { share(of: Int!): Int } type Hold { room(unit: Unit): Int }`,
      resolvers: {
        "Query.cargoes": [
          { __typename: "Cargo", id: "c1", tonnes: 2 },
          { __typename: "Cargo", id: "c2", tonnes: null },
        ],
        "Query.trip": { __typename: "Trip", id: "t1" },
        "Trip.cargo": { __typename: "Cargo", id: "c1", tonnes: 2 },
        "Cargo.weight": ({ tonnes }: { tonnes: number | null }, { unit }: { unit: string }) => {
          if (unit === "STONE") throw new Error("nobody weighs in stone");
          return tonnes === null ? null : tonnes * PER_TONNE[unit]!;
        },
        "Cargo.owner": { __typename: "Owner" },
        "Cargo.holds": [
          { __typename: "Hold", size: 3 },
          { __typename: "Hold", size: 5 },
        ],
        "Owner.share": (_: unknown, { of }: { of: number }) => 100 / of,
        "Hold.room": ({ size }: { size: number }, { unit }: { unit?: string }) =>
          unit === "KG" ? size * 1_000 : size,
      },
    },
    tolls: {
      schema: `${LINK} enum Unit { TONNE KG GRAM STONE }
        type Cargo @key(fields: "id") {
          id: ID! weight(unit: Unit! = TONNE): Float @external owner: Owner @external holds: [Hold!] @external
          toll: Float @requires(fields: "weight(unit: TONNE)")
          stamp: Float @requires(fields: "weight(unit: KG)")
          plain: Float @requires(fields: "weight")
          odd: Float @requires(fields: "weight(unit: STONE)")
          half: Int @requires(fields: "owner { share(of: 2) }")
          quarter: Int @requires(fields: "owner { share(of: 4) }")
          rooms: [Int] @requires(fields: "holds { room } weight(unit: KG)")
          roomsKg: [Int] @requires(fields: "holds { room(unit: KG) }")
          fee(rate: Int!): Float @requires(fields: "weight(unit: GRAM)")
        }
        type Owner { share(of: Int!): Int @external } type Hold { room(unit: Unit): Int @external }
        type Trip @key(fields: "id") { id: ID! cargo: Cargo @external bulk: Float @requires(fields: "cargo { weight(unit: KG) }") }`,
      resolvers: {
        "Trip.bulk": ({ cargo }: { cargo?: Cargo }) => cargo?.weight,
        "Cargo.toll": ({ weight }: Cargo) => weight && weight * 3,
        "Cargo.stamp": ({ weight }: Cargo) => weight && weight / 2,
        "Cargo.plain": ({ weight }: Cargo) => weight && weight + 0.5,
        "Cargo.odd": ({ weight }: Cargo) => weight ?? null,
        "Cargo.half": ({ owner }: Cargo) => owner?.share ?? null,
        "Cargo.quarter": ({ owner }: Cargo) => owner?.share ?? null,
        "Cargo.rooms": ({ holds, weight }: Cargo) =>
          holds?.map(({ room }) => room! + (weight ?? 0)),
        "Cargo.roomsKg": ({ holds }: Cargo) => holds?.map(({ room }) => room),
        "Cargo.fee": ({ weight }: Cargo, { rate }: { rate: number }) => weight && weight * rate,
      },
    },
    books: {
      schema: `${LINK} enum Unit { TONNE KG GRAM STONE }
        type Cargo @key(fields: "id") {
          id: ID! weight(unit: Unit! = TONNE): Float @external fee(rate: Int!): Float @external
          entry: Float @requires(fields: "weight(unit: GRAM)")
          low: Float @requires(fields: "fee(rate: 2)")
          high: Float @requires(fields: "fee(rate: 9)")
        }`,
      resolvers: {
        "Cargo.entry": ({ weight }: Cargo) => weight ?? null,
        "Cargo.low": ({ fee }: Cargo) => fee ?? null,
        "Cargo.high": ({ fee }: Cargo) => fee ?? null,
      },
    },
  });
});
beforeEach(() => federation.forget());
afterAll(async () => await federation?.stop());

async function dataOf(query: string): Promise<Record<string, unknown>[]> {
  const { body } = await federation.router.ask(query);
  expect(body.errors).toBeUndefined();
  return body.data!["cargoes"] as Record<string, unknown>[];
}

function askedFor(subgraph: string): string[] {
  return federation.fetches.filter((each) => each.subgraph === subgraph).map(({ query }) => query);
}

test("what is computed of one field with one argument is fetched together", async () => {
  expect(await dataOf("{ cargoes { toll } }")).toEqual([{ toll: 6 }, { toll: null }]);
  expect(askedFor("tolls")).toHaveLength(1);
  expect(askedFor("scales")).toEqual(["{cargoes{__typename id weight(unit:TONNE)}}"]);
});

test("what is computed of one field with different arguments is computed of its own", async () => {
  const [first, second] = await dataOf("{ cargoes { toll stamp plain entry } }");
  expect(first).toEqual({ toll: 6, stamp: 1_000, plain: 2.5, entry: 2_000_000 });
  expect(second).toEqual({ toll: null, stamp: null, plain: null, entry: null });
});

test("so is what the caller asks of it, whatever she calls it", async () => {
  const [first] = await dataOf(
    "{ cargoes { weight(unit: GRAM) kg: weight(unit: KG) weight__1: id weight__2: toll toll stamp } }",
  );
  expect(first).toEqual({
    weight: 2_000_000,
    kg: 2_000,
    weight__1: "c1",
    weight__2: 6,
    toll: 6,
    stamp: 1_000,
  });
});

test("so is what is computed of fields within others, and of lists", async () => {
  const [first] = await dataOf("{ cargoes { half quarter rooms roomsKg owner { share(of: 5) } } }");
  expect(first).toEqual({
    half: 50,
    quarter: 25,
    rooms: [2_003, 2_005],
    roomsKg: [3_000, 5_000],
    owner: { share: 20 },
  });
});

test("so is what is computed of one object from different distances", async () => {
  const { body } = await federation.router.ask("{ trip { bulk cargo { toll } } }");
  expect(body).toMatchObject({ data: { trip: { bulk: 2_000, cargo: { toll: 6 } } } });
});

test("so is what is computed of a computed field", async () => {
  const [first] = await dataOf("{ cargoes { low high fee(rate: 1) toll } }");
  expect(first).toEqual({ low: 4_000_000, high: 18_000_000, fee: 2_000_000, toll: 6 });
});

test("what fails with some arguments costs what is computed of that", async () => {
  const { body } = await federation.router.ask("{ cargoes { toll odd stamp } }");
  expect(body.data).toEqual({
    cargoes: [
      { toll: 6, odd: null, stamp: 1_000 },
      { toll: null, odd: null, stamp: null },
    ],
  });
});
