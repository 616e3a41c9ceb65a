import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startForeignSubgraph } from "../harness/foreign-subgraphs.ts";
import { freePort } from "@truc/service/testing";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

describe("the router alone, over subgraphs and a supergraph that are not ours", () => {
  let router: TestRouter;
  let products: FastifyInstance;
  let stock: FastifyInstance;

  beforeAll(async () => {
    const [one, other] = await Promise.all([
      startForeignSubgraph("products"),
      freePort().then((port) => startForeignSubgraph("stock", port)),
    ]);
    products = one.server;
    stock = other.server;
    router = await TestRouter.start(composeSupergraph([one.subgraph, other.subgraph]));
  });
  afterAll(async () => {
    await router.stop();
    await products.close();
    await stock.close();
  });

  test.each([
    [
      "joins entities over two subgraphs, with a @requires between them",
      '{ product(upc: "p2") { name inStock shippingCost } }',
      { product: { name: "Chair", inStock: 20, shippingCost: 700 } },
    ],
    [
      "follows relations through lists, keeping their order",
      "{ warehouses { city holds { upc name dimensions { height } } } }",
      {
        warehouses: [
          {
            city: "Huế",
            holds: [
              { upc: "p1", name: "Table", dimensions: { height: 60 } },
              { upc: "p3", name: "Lamp", dimensions: { height: 4 } },
            ],
          },
        ],
      },
    ],
    [
      "takes unions, fragments, aliases and __typename",
      'query Q { found: search(text: "Lamp") { __typename ... on Product { title: name ...Stock } ... on Maker { title } } } fragment Stock on Product { left: inStock }',
      {
        found: [
          { __typename: "Product", title: "Lamp", left: 30 },
          { __typename: "Maker", title: "Makers of Lamp" },
        ],
      },
    ],
    [
      "gives null for an entity that is not there",
      '{ product(upc: "none") { name inStock } }',
      { product: null },
    ],
    [
      "keeps aliases apart, hostile ones included",
      '{ __proto__: product(upc: "p1") { constructor: name } toString: product(upc: "p3") { __proto__: inStock } }',
      JSON.parse(
        '{"__proto__": {"constructor": "Table"}, "toString": {"__proto__": 30}}',
      ) as object,
    ],
  ])("%s", async (_title, query, data) => {
    const { status, body } = await router.ask(query);
    expect(body).toEqual({ data });
    expect(status).toBe(200);
    expect(({} as Record<string, unknown>)["name"]).toBeUndefined();
  });

  test.each([
    [true, false, { product: { name: "Table" } }],
    [false, true, { product: { inStock: 10 } }],
    [true, true, { product: { name: "Table", inStock: 10 } }],
    [false, false, { product: {} }],
  ])("evaluates conditions: name %s, stock %s", async (name, withStock, data) => {
    const { body } = await router.ask(
      'query ($name: Boolean!, $skip: Boolean!) { product(upc: "p1") { name @include(if: $name) inStock @skip(if: $skip) } }',
      { variables: { name, skip: !withStock } },
    );
    expect(body).toEqual({ data });
  });

  test("passes variables on, defaults included, and runs mutations in their order", async () => {
    const defaulted = await router.ask("query ($n: Int = 1) { products(first: $n) { upc } }");
    expect(defaulted.body).toEqual({ data: { products: [{ upc: "p1" }] } });
    const { body } = await router.ask(
      'mutation ($b: String!) { a: rename(upc: "p2", name: "A") { name } b: rename(upc: "p2", name: $b) { name inStock } }',
      { variables: { b: "Chair" } },
    );
    expect(body).toEqual({ data: { a: { name: "A" }, b: { name: "Chair", inStock: 20 } } });
  });

  test("a caller's own arguments stand beside a @requires of the same field with others", async () => {
    const { body } = await router.ask(
      '{ own_: product(upc: "p1") { taxInDollars price(currency: "EUR") inDong: price taxAgain: taxInDollars } }',
    );
    expect(body).toEqual({
      data: { own_: { taxInDollars: 300, price: 60, inDong: 750_000, taxAgain: 300 } },
    });
  });

  test("answers introspection beside ordinary fields", async () => {
    const { body } = await router.ask(
      '{ __type(name: "Warehouse") { fields { name } } product(upc: "p1") { name } }',
    );
    expect(body).toEqual({
      data: {
        __type: { fields: [{ name: "city" }, { name: "holds" }] },
        product: { name: "Table" },
      },
    });
  });

  test("asks nobody without a token", async () => {
    const response = await fetch(router.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer, DPoP algs="ES256 EdDSA"');
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: "TOKEN_MISSING" } }],
    });
  });

  test("a subgraph that stops costs its own fields only, and they come back with it", async () => {
    const { port } = stock.server.address() as AddressInfo;
    await stock.close();
    const query = '{ product(upc: "p1") { name inStock shippingCost } }';
    const { status, body } = await router.ask(query);
    expect(status).toBe(200);
    expect(body.data).toEqual({ product: { name: "Table", inStock: null, shippingCost: null } });
    expect(body.errors).toEqual(
      ["inStock", "shippingCost"].map((field) => ({
        message: 'The register "stock" did not answer: try again shortly.',
        path: ["product", field],
        extensions: { code: "REGISTER_UNAVAILABLE", register: "stock", retry: true },
      })),
    );
    ({ server: stock } = await startForeignSubgraph("stock", port));
    expect((await router.ask(query)).body.data).toEqual({
      product: { name: "Table", inStock: 10, shippingCost: 3000 },
    });
  });
});
