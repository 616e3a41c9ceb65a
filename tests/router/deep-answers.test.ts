import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

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

let router: TestRouter;
const servers: Server[] = [];

/** A register that answers every query, and every change, in the same way. */
async function serve(query: string, change = query): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const answer = body.includes("mutation") ? change : query;
      response.setHeader("content-type", "application/json").end(answer);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

beforeAll(async () => {
  const person = '{"data":{"person":{"id":"901000000001","name":"Hoa"}}}';
  router = await TestRouter.start(
    composeSupergraph([
      { name: "people", url: await serve(person, `{"data":{"rename":${DEEP}}}`), schema: PEOPLE },
      { name: "boats", url: await serve(`{"data":{"boats":${DEEP}}}`), schema: BOATS },
    ]),
  );
});
afterAll(async () => {
  await router.stop();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
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
