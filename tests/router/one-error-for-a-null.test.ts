import { afterAll, beforeAll, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
let federation: StubFederation;

/** A shelf's copies, which two registers give: one their size and weight, which must not be null, the other their label. */
beforeAll(async () => {
  federation = await StubFederation.start({
    shelves: {
      schema: `${LINK} type Query { shelf: Shelf } type Shelf @key(fields: "id") { id: ID! }`,
      resolvers: { "Query.shelf": { __typename: "Shelf", id: "s1" } },
    },
    scales: {
      schema: `${LINK} type Query { scales: Int }
        type Shelf @key(fields: "id") { id: ID! copies: [[Copy!]] @shareable }
        type Copy { size: Int! weight: Int! }`,
      resolvers: {
        "Shelf.copies": [[{ __typename: "Copy" }], [{ __typename: "Copy", weight: 3 }]],
        // The slower one: the register tells of the other's failure only.
        "Copy.size": async () => await new Promise((resolve) => setImmediate(resolve, 7)),
        "Copy.weight": ({ weight }: { weight?: number }) => {
          if (weight === undefined) throw new Error("it was not weighed");
          return weight;
        },
      },
    },
    labels: {
      schema: `${LINK} type Query { labels: Int }
        type Shelf @key(fields: "id") { id: ID! copies: [[Copy!]] @shareable }
        type Copy { label: String }`,
      resolvers: {
        "Shelf.copies": [[{ __typename: "Copy" }], [{ __typename: "Copy" }]],
        "Copy.label": "red",
      },
    },
  });
});
afterAll(async () => {
  await federation?.stop();
});

test("a null has the error of what failed, and none of what fell with it, though another register knows the object", async () => {
  const { body } = await federation.router.ask("{ shelf { copies { size weight label } } }");
  expect(body.data).toEqual({
    shelf: { copies: [null, [{ size: 7, weight: 3, label: "red" }]] },
  });
  expect(body.errors?.map(({ path }) => path)).toEqual([["shelf", "copies", 0, 0, "weight"]]);
});
