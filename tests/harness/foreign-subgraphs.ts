import mercuriusFederation from "@mercuriusjs/federation";
import Fastify, { type FastifyInstance } from "fastify";
import type { TestSubgraph } from "./test-router.ts";

const LINK = (imports: string): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [${imports}])`;

const PRODUCTS = `
  ${LINK('"@key", "@shareable"')}
  type Query { product(upc: ID!): Product  products(first: Int = 3): [Product!]!  search(text: String!): [Result!]! }
  type Mutation { rename(upc: ID!, name: String!): Product }
  type Product @key(fields: "upc") { upc: ID! name: String! weight: Int! dimensions: Dimensions price(currency: String = "VND"): Int! }
  type Dimensions { height: Int! width: Int! }
  type Maker { title: String! }
  union Result = Product | Maker
`;
const STOCK = `
  ${LINK('"@key", "@external", "@requires"')}
  type Query { warehouses: [Warehouse!]! }
  type Warehouse { city: String! holds: [Product!]! }
  type Product @key(fields: "upc") {
    upc: ID!
    weight: Int! @external
    inStock: Int
    shippingCost: Int @requires(fields: "weight")
    price(currency: String = "VND"): Int! @external
    taxInDollars: Int @requires(fields: "price(currency: \\"USD\\")")
  }
`;

interface Product {
  upc: string;
  name: string;
  weight: number;
}

const SEED: readonly Product[] = [
  { upc: "p1", name: "Table", weight: 30 },
  { upc: "p2", name: "Chair", weight: 7 },
  { upc: "p3", name: "Lamp", weight: 2 },
];

const products = (): object => {
  const rows = SEED.map((row) => ({ ...row }));
  const find = (upc: string): Product | undefined => rows.find((row) => row.upc === upc);
  return {
    Query: {
      product: (_root: unknown, { upc }: { upc: string }) => find(upc) ?? null,
      products: (_root: unknown, { first }: { first: number }) => rows.slice(0, first),
      search: (_root: unknown, { text }: { text: string }) => [
        ...rows
          .filter(({ name }) => name.includes(text))
          .map((row) => ({ __typename: "Product", ...row })),
        { __typename: "Maker", title: `Makers of ${text}` },
      ],
    },
    Mutation: {
      rename: (_root: unknown, { upc, name }: { upc: string; name: string }) =>
        Object.assign(find(upc) ?? {}, { name }),
    },
    Product: {
      __resolveReference: ({ upc }: { upc: string }) => find(upc) ?? null,
      price: ({ weight }: Product, { currency }: { currency: string }) =>
        weight * ({ VND: 25_000, USD: 1, EUR: 2 }[currency] ?? 0),
      dimensions: ({ weight }: Product) => ({ height: weight * 2, width: weight }),
    },
    Result: { resolveType: (value: { __typename: string }) => value.__typename },
  };
};

const stock = {
  Query: { warehouses: () => [{ city: "Huế", holds: [{ upc: "p1" }, { upc: "p3" }] }] },
  Product: {
    __resolveReference: (reference: object) => reference,
    inStock: ({ upc }: { upc: string }) => Number(upc.slice(1)) * 10,
    shippingCost: ({ weight }: { weight: number }) => weight * 100,
    taxInDollars: ({ price }: { price: number }) => price * 10,
  },
};

const KINDS = {
  products: () => ({ schema: PRODUCTS, resolvers: products() }),
  stock: () => ({ schema: STOCK, resolvers: stock }),
};

/** A subgraph that is not ours: Mercurius serves it, and nothing of the platform is in it. */
export async function startForeignSubgraph(
  name: keyof typeof KINDS,
  port = 0,
): Promise<{ subgraph: TestSubgraph; server: FastifyInstance }> {
  const { schema, resolvers } = KINDS[name]();
  const server = Fastify({ forceCloseConnections: true });
  await server.register(mercuriusFederation as never, { schema, resolvers, jit: 1 } as never);
  const url = await server.listen({ port, host: "127.0.0.1" });
  return { subgraph: { name, url: `${url}/graphql`, schema }, server };
}
