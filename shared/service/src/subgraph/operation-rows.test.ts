import { ACCESS_DEFINITIONS, type Permit, SCHEMA_LINKS, UNLIMITED } from "@truc/contracts";
import { execute, type GraphQLResolveInfo, parse } from "graphql";
import { describe, expect, it } from "vitest";
import type { Database } from "../database/open-database.ts";
import { buildSchema } from "./build-schema.ts";
import type { Resolver } from "./define-subgraph.ts";
import { entityTypes } from "./entity-path.ts";
import { AskedFields } from "./asked-fields.ts";
import { LoaderSet } from "./loader.ts";
import type { OperationContext } from "./operation-context.ts";
import { OperationReader } from "./operation-reader.ts";
import { OperationRows } from "./operation-rows.ts";

/** Ships and their crews: a ship and a sailor are entities, a berth and a voyage belong to one. */
const SHIPS = /* GraphQL */ `
  ${SCHEMA_LINKS}

  type Query {
    ship(id: ID!): Ship
    ships: [[Ship!]!]
    berth: Berth
    floating: Floating
    vessel: Vessel
    owner: Owner
  }
  type Mutation {
    launch: Ship
  }
  interface Floating {
    captain: Sailor
  }
  union Owner = Sailor | Fund
  type Ship implements Floating @key(fields: "id") {
    id: ID!
    captain: Sailor
    crew: [Sailor]!
    berth: Berth
    voyages: [Voyage!]!
    sister: Ship
    owner: Owner
    home: Floating
  }
  type Raft implements Floating {
    captain: Sailor
  }
  type Berth {
    ship: Ship
    neighbour: Berth
  }
  type Voyage {
    captain: Sailor
  }
  type Fund {
    trustee: Sailor
  }
  type Sailor @key(fields: "id", resolvable: false) {
    id: ID!
    ship: Ship
    name: String
  }
  interface Vessel {
    id: ID!
  }
  ${ACCESS_DEFINITIONS}
`;

const THINGS: Record<string, unknown> = {
  ship: { __typename: "Ship", id: "1" },
  ships: [[{ __typename: "Ship", id: "1" }], [{ __typename: "Ship", id: "2" }]],
  crew: [{ id: "7" }, { id: "8" }],
  voyages: [{}],
  owner: { __typename: "Fund" },
  home: { __typename: "Raft" },
  floating: { __typename: "Ship", id: "1" },
  vessel: null,
  name: "Anh",
};

interface ProbeContext extends OperationContext {
  operationRows: OperationRows;
  seen: Map<string, number>;
}

const probe: Resolver = (_parent, _args, context, info) => {
  note(context as ProbeContext, info);
  return info.fieldName in THINGS ? THINGS[info.fieldName] : { id: "1" };
};

function note({ operationRows, seen }: ProbeContext, info: GraphQLResolveInfo): void {
  const place: (string | number)[] = [];
  for (let step: typeof info.path | undefined = info.path; step; step = step.prev)
    place.unshift(step.key);
  seen.set(place.join("."), operationRows.distanceAt(info, 0));
}

const probes = (...fields: string[]) => Object.fromEntries(fields.map((name) => [name, probe]));
const schema = buildSchema({
  name: "ships",
  title: "Register of ships",
  schema: SHIPS,
  migrations: {},
  resolvers: {
    Query: probes("ship", "ships", "berth", "floating", "vessel", "owner"),
    Mutation: probes("launch"),
    Ship: {
      ...probes("captain", "crew", "berth", "voyages", "sister", "owner", "home"),
      __resolveReference: ({ id }, context) => {
        (context as ProbeContext).seen.set(
          `reference ${id}`,
          (context as ProbeContext).operationRows.referenceDistance,
        );
        return { id };
      },
    },
    Berth: probes("ship", "neighbour"),
    Voyage: probes("captain"),
    Fund: probes("trustee"),
    Raft: probes("captain"),
    Sailor: probes("ship", "name"),
    Floating: { __resolveType: ({ __typename }) => __typename },
    Owner: { __resolveType: ({ __typename }) => __typename },
    Vessel: { __resolveType: () => "Ship" },
  },
});

/** The distance at every place of an operation, by response path. */
async function distances(query: string, distance = 0): Promise<Record<string, number>> {
  const permit: Permit = {
    aud: "ships",
    iat: 0,
    exp: 60,
    scopes: [],
    limits: UNLIMITED,
    distance,
    system: "test",
  };
  const reader = new OperationReader(new LoaderSet({} as Database, new AskedFields([])));
  const operationRows = new OperationRows(entityTypes(schema), permit, reader);
  const seen = new Map<string, number>();
  const contextValue: Partial<ProbeContext> = {
    operationRows,
    seen,
    noteRepresentations: (info) => operationRows.noteRepresentations(info),
    readAnew: () => {},
  };
  const { errors } = await execute({ schema, document: parse(query), contextValue });
  expect(errors).toBeUndefined();
  return Object.fromEntries(seen);
}

describe("the distance of what a field gives", () => {
  it("begins at 0 with what the caller asked for, and grows by 1 with each further entity", async () => {
    expect(
      await distances('{ flagship: ship(id: "1") { boss: captain { ship { sister { id } } } } }'),
    ).toEqual({
      flagship: 0,
      "flagship.boss": 1,
      "flagship.boss.ship": 2,
      "flagship.boss.ship.sister": 3,
    });
  });

  it("does not grow by lists, however deep, nor by plain values", async () => {
    expect(await distances("{ ships { crew { name } } }")).toEqual({
      ships: 0,
      "ships.0.0.crew": 1,
      "ships.1.0.crew": 1,
      "ships.0.0.crew.0.name": 1,
      "ships.0.0.crew.1.name": 1,
      "ships.1.0.crew.0.name": 1,
      "ships.1.0.crew.1.name": 1,
    });
  });

  it("does not grow by the value types between", async () => {
    expect(await distances('{ ship(id: "1") { berth { neighbour { ship { id } } } } }')).toEqual({
      ship: 0,
      "ship.berth": 0,
      "ship.berth.neighbour": 0,
      "ship.berth.neighbour.ship": 1,
    });
    expect(
      await distances("{ berth { neighbour { ship { voyages { captain { id } } } } } }"),
    ).toEqual({
      berth: 0,
      "berth.neighbour": 0,
      "berth.neighbour.ship": 0,
      "berth.neighbour.ship.voyages": 0,
      "berth.neighbour.ship.voyages.0.captain": 1,
    });
  });

  it("goes by the concrete type of what stands on the path, and by any that may come at its end", async () => {
    expect(
      await distances(
        '{ floating { captain { id } } ship(id: "1") { owner { ... on Fund { trustee { id } } } home { captain { id } } } vessel { id } }',
      ),
    ).toEqual({
      floating: 0,
      "floating.captain": 1,
      ship: 0,
      "ship.owner": 1,
      "ship.owner.trustee": 1,
      "ship.home": 1,
      "ship.home.captain": 1,
      vessel: 0,
    });
  });

  it("counts on from the permit's distance below representations, and from 0 at roots beside them", async () => {
    expect(
      await distances(
        '{ found: _entities(representations: [{__typename: "Ship", id: "4"}, {__typename: "Ship", id: "5"}]) { ... on Ship { berth { ship { captain { id } } } voyages { captain { id } } } } ship(id: "1") { captain { id } } }',
        2,
      ),
    ).toEqual({
      "reference 4": 2,
      "reference 5": 2,
      ...Object.fromEntries(
        [0, 1].flatMap((at) => [
          [`found.${at}.berth`, 2],
          [`found.${at}.berth.ship`, 3],
          [`found.${at}.berth.ship.captain`, 4],
          [`found.${at}.voyages`, 2],
          [`found.${at}.voyages.0.captain`, 3],
        ]),
      ),
      ship: 0,
      "ship.captain": 1,
    });
  });

  it("begins at 0 with what a mutation gives", async () => {
    expect(await distances("mutation { launch { captain { ship { id } } } }")).toEqual({
      launch: 0,
      "launch.captain": 1,
      "launch.captain.ship": 2,
    });
  });

  it("adds the hops that the schema does not show", async () => {
    const reader = new OperationReader(new LoaderSet({} as Database, new AskedFields([])));
    const permit = { limits: UNLIMITED, distance: 0 } as Permit;
    const rows = new OperationRows(entityTypes(schema), permit, reader);
    const { ship, berth } = schema.getQueryType()!.getFields();
    const at = (field: typeof ship, hops: number) =>
      rows.distanceAt(
        {
          path: { key: field!.name, typename: "Query", prev: undefined },
          returnType: field!.type,
        } as GraphQLResolveInfo,
        hops,
      );
    expect([at(ship, 0), at(ship, 1), at(ship, 2)]).toEqual([0, 1, 2]);
    expect([at(berth, 0), at(berth, 1), at(berth, 2)]).toEqual([0, 0, 1]);
  });
});
