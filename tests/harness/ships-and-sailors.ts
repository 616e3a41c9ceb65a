import type { Permit } from "@truc/contracts";
import type { RecordedSubgraph } from "./recording-subgraphs.ts";

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])`;

const SAILORS: Readonly<Record<string, { name: string; captain?: string; mates: string[] }>> = {
  "1": { name: "An", captain: "2", mates: ["2", "3"] },
  "2": { name: "Bình", captain: "3", mates: ["1"] },
  "3": { name: "Chi", mates: [] },
};
const SHIPS: Readonly<Record<string, { name: string; owner: string; crew: string[] }>> = {
  s1: { name: "Sao", owner: "2", crew: ["1", "2"] },
  s2: { name: "Trăng", owner: "3", crew: [] },
};
const sailor = ({ id }: { id: string }): object | null =>
  SAILORS[id] === undefined ? null : { id, ...SAILORS[id] };
const ship = ({ id }: { id: string }): object | null =>
  SHIPS[id] === undefined ? null : { id, ...SHIPS[id] };

/**
 * A small world in which every way from one entity to another occurs: by a field, by a list, by an edge that belongs
 * to a register, by the same entity in another register, by a union, and by `me`, whose key alone is known at first.
 */
export const SHIPS_AND_SAILORS: Readonly<Record<string, RecordedSubgraph>> = {
  crews: {
    schema: `${LINK}
      type Query { sailor(id: ID!): Sailor  sailors: [Sailor!]!  sets(citizen: String!): Set }
      type Sailor @key(fields: "id") { id: ID! name: String captain: Sailor mates: [Mate!] }
      type Mate { since: Int sailor: Sailor }
      type Set { household: [String!] wards: [String!] }
    `,
    resolvers: {
      Query: {
        sailor: (_: unknown, key: { id: string }) => sailor(key),
        sailors: () => Object.keys(SAILORS).map((id) => sailor({ id })),
        sets: (_: unknown, { citizen }: { citizen: string }) => ({
          household: [citizen, `${citizen}-spouse`],
          wards: [`${citizen}-child`],
        }),
      },
      Sailor: {
        __resolveReference: sailor,
        captain: ({ captain = "" }: { captain?: string }) => sailor({ id: captain }),
        mates: ({ mates }: { mates: string[] }) =>
          mates.map((id) => ({ since: 2000, sailor: sailor({ id }) })),
      },
    },
  },
  ships: {
    schema: `${LINK}
      type Query { ship(id: ID!): Ship  find(text: String!): [Found!]! }
      type Ship @key(fields: "id") { id: ID! name: String owner: Sailor crew: [CrewMember!] }
      type CrewMember { rank: Int sailor: Sailor }
      type Note { text: String about: Sailor }
      union Found = Ship | Sailor | Note
      type Sailor @key(fields: "id") { id: ID! ships: [Ship!] }
    `,
    resolvers: {
      Query: {
        ship: (_: unknown, key: { id: string }) => ship(key),
        find: () => [
          { __typename: "Ship", ...ship({ id: "s1" }) },
          { __typename: "Sailor", id: "1" },
          { __typename: "Note", text: "n", about: { id: "3" } },
        ],
      },
      Found: { resolveType: (value: { __typename: string }) => value.__typename },
      Ship: {
        __resolveReference: ship,
        owner: ({ owner }: { owner: string }) => ({ id: owner }),
        crew: ({ crew }: { crew: string[] }) => crew.map((id) => ({ rank: 1, sailor: { id } })),
      },
      Sailor: {
        __resolveReference: (key: object) => key,
        ships: ({ id }: { id: string }) =>
          Object.entries(SHIPS)
            .filter(([, { owner, crew }]) => owner === id || crew.includes(id))
            .map(([each]) => ship({ id: each })),
      },
    },
  },
  wages: {
    schema: `${LINK}
      type Query { payday: Int }
      type Sailor @key(fields: "id") { id: ID! wage: Int }
      type Ship @key(fields: "id") { id: ID! value: Int }
    `,
    resolvers: {
      Query: { payday: () => 25 },
      Sailor: {
        __resolveReference: (key: object) => key,
        wage: ({ id }: { id: string }) => Number(id) * 100,
      },
      Ship: { __resolveReference: (key: object) => key, value: () => 9 },
    },
  },
  desk: {
    schema: `${LINK}
      type Query { me: Sailor }
      type Sailor @key(fields: "id", resolvable: false) { id: ID! }
    `,
    resolvers: {
      Query: {
        me: (_: unknown, __: unknown, { permit: { self } }: { permit: Permit }) =>
          self === undefined ? null : { id: self },
      },
    },
  },
};
