import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
let federation: StubFederation;
const launched: string[] = [];
/** What happens when the first ship is launched. */
let onLaunch: (() => void) | undefined;
const launch = (_: unknown, { id }: { id: string }) => {
  launched.push(id);
  onLaunch?.();
  onLaunch = undefined;
  return { __typename: "Ship", id };
};
beforeAll(async () => {
  federation = await StubFederation.start({
    ships: {
      schema: `${LINK} type Query { ships: [Ship] } type Mutation { launch(id: ID!): Ship } type Ship @key(fields: "id") { id: ID!  name: String }`,
      resolvers: {
        "Query.ships": [{ __typename: "Ship", id: "s1" }],
        "Mutation.launch": launch,
        "Ship.name": "Sao",
      },
    },
    yards: {
      schema: `${LINK} type Query { yard: String } type Mutation { build(id: ID!): Ship } type Ship @key(fields: "id") { id: ID!  crew: Int }`,
      resolvers: { "Mutation.build": launch, "Ship.crew": 7 },
    },
  });
});
afterAll(async () => await federation.stop());
beforeEach(() => {
  federation.forget();
  launched.length = 0;
});

/** Asks, leaves when so many fetches have come of which the last is held, and gives what is put on record of it. */
async function leave(query: string, fetched: number) {
  const { router, fetches } = federation;
  const before = router.records().length;
  let release = (): void => {};
  const hold = (): void => void (release = federation.hold());
  if (fetched === 1) hold();
  else onLaunch = hold;
  const caller = new AbortController();
  const asking = fetch(router.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${await router.issuer.token()}`,
    },
    body: JSON.stringify({ query }),
    signal: caller.signal,
  });
  await vi.waitFor(() => expect(fetches).toHaveLength(fetched), 10_000);
  caller.abort();
  await expect(asking).rejects.toThrow("aborted");
  return {
    release: () => release(),
    recorded: async () =>
      await vi.waitFor(() => {
        const records = router.records();
        expect(records).toHaveLength(before + 1);
        return records.at(-1)!;
      }, 10_000),
  };
}

test("what is read for a caller who leaves is given up, and on record", async () => {
  const { release, recorded } = await leave("{ ships { name crew } }", 1);
  // The register still holds its answer back.
  expect(await recorded()).toMatchObject({
    decision: "allowed",
    outcome: "failed",
    code: "REQUEST_ABANDONED",
    asked: { ships: 1 },
    failed: { ships: 1 },
  });
  release();
  // Nothing more is asked on her behalf.
  expect(federation.fetches.map(({ subgraph }) => subgraph)).toEqual(["ships"]);
  const again = await federation.router.ask("{ ships { name crew } }");
  expect(again.body).toEqual({ data: { ships: [{ name: "Sao", crew: 7 }] } });
});

test("a change is carried out to its end, whoever has left; what is read of it is not", async () => {
  const query = 'mutation { launch(id: "s1") { crew } build(id: "s2") { id } }';
  // The ship is launched, and its crew is being read.
  const { release, recorded } = await leave(query, 2);
  // That was given up: the next change is under way.
  await vi.waitFor(() => expect(federation.fetches).toHaveLength(3), 10_000);
  release();
  expect(await recorded()).toMatchObject({
    outcome: "failed",
    code: "REQUEST_ABANDONED",
    asked: { ships: 1, yards: 2 },
    failed: { yards: 1 },
  });
  expect(launched).toEqual(["s1", "s2"]);
});

test("where nothing was given up the record says what it would have said", async () => {
  const { release, recorded } = await leave('mutation { launch(id: "s1") { id } }', 1);
  release();
  expect(await recorded()).toMatchObject({ outcome: "answered", asked: { ships: 1 } });
  expect(launched).toEqual(["s1"]);
});
