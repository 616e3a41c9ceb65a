import { afterAll, beforeAll, expect, test } from "vitest";
import { CannedFederation } from "../harness/canned-federation.ts";
import type { CannedSubgraph } from "../harness/canned-subgraph.ts";
import type { TestRouter } from "../harness/test-router.ts";

const LINK = `extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
    @link(url: "https://truc.vn/spec/access/v1.0", import: ["@subject"])
    @composeDirective(name: "@subject")
  directive @subject(path: String!) repeatable on OBJECT`;
const PEOPLE = `${LINK}
  type Query { person: Person }
  type Mutation { rename(id: ID!): [Boat] }
  type Person @key(fields: "id") @subject(path: "id") { id: ID! name: String }
  type Boat @key(fields: "id") @subject(path: "id") { id: ID! }`;
const BOATS = `${LINK}
  type Query { boats: [Boat] }
  type Boat @key(fields: "id") @subject(path: "id") { id: ID! size: Int }`;
/** Lists within each other, more than functions may call themselves. */
const DEEP = "[".repeat(50_000) + "]".repeat(50_000);

let federation: CannedFederation<"people" | "boats">;
let router: TestRouter;
let people: CannedSubgraph;
let boats: CannedSubgraph;

beforeAll(async () => {
  federation = await CannedFederation.start({ people: PEOPLE, boats: BOATS });
  ({
    router,
    subgraphs: { people, boats },
  } = federation);
  people.body = (asked) =>
    asked.includes("mutation")
      ? `{"data":{"rename":${DEEP}}}`
      : '{"data":{"person":{"id":"901000000001","name":"Hoa"}}}';
  boats.body = `{"data":{"boats":${DEEP}}}`;
});
afterAll(async () => {
  await federation.stop();
});

test.each([
  ["{ person { id name } boats { id size } }", { Person: [expect.any(String)] }],
  ['mutation { rename(id: "1") { id } }', undefined],
])(
  "what was read or changed is on record, however deep an answer nests: %s",
  async (query, subjects) => {
    const before = router.records().length;
    const { status } = await router.ask(query);
    const records = router.records().slice(before);
    expect([status, records.length]).toEqual([200, 1]);
    expect(records[0]!.subjects).toEqual(subjects);
  },
);
