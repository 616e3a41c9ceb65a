import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ACCESS_DEFINITIONS, dayInVietNam, SCHEMA_LINKS, type FeedGrant } from "@truc/contracts";
import Fastify, { type FastifyInstance } from "fastify";
import { getVariableValues, parse, type OperationDefinitionNode } from "graphql";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { executableSchema } from "../harness/stub-federation.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const SCHEMA = `
  ${SCHEMA_LINKS}
  ${ACCESS_DEFINITIONS}
  type Query {
    person(id: ID!): Person @requiresScopes(scopes: [["people:identity"]]) @data(class: BASIC)
    places: [Place] @authenticated @data(class: PUBLIC) @listSize(assumedSize: 3)
    known: Known @authenticated @data(class: PUBLIC)
  }
  type Person @key(fields: "id") @subject(path: "id") {
    id: ID! @requiresScopes(scopes: [["people:identity"]]) @data(class: BASIC)
    name: String @requiresScopes(scopes: [["people:identity"]]) @data(class: BASIC)
    faith: String @requiresScopes(scopes: [["people:sensitive"]]) @data(class: SENSITIVE) @cost(weight: 5)
    home: Place @requiresScopes(scopes: [["people:home"], ["land:parcel", "land:rights"]]) @data(class: BASIC)
    friends: [Person] @requiresScopes(scopes: [["people:friends"]]) @data(class: BASIC) @listSize(assumedSize: 4)
  }
  type Place @key(fields: "code") {
    code: ID! @authenticated @data(class: PUBLIC)
    value: Int @requiresScopes(scopes: [["land:parcel"]]) @data(class: BASIC)
  }
  union Known = Person | Place
`;
const WHOLE = `query Whole($id: ID!) { person(id: $id) { n: name faith home { code value } friends { name } } }`;

let subgraph: FastifyInstance;
let supergraph: string;
let authority: TestAuthority;
let router: TestRouter;
let systems: { portal: TestSystem; newcomer: TestSystem; office: TestSystem; curious: TestSystem };
let asked = 0;

const grantTerms: Partial<FeedGrant> = {
  id: "grant-1",
  scopes: ["people:identity", "land:parcel"],
  limits: { provinces: ["01", "46"], subjects: "household", search: true, linked: 1 },
  budget: { requestsPerSecond: 50, costPerMinute: 100 },
  demandsCase: true,
  validFrom: "2026-01-01",
  validUntil: "2027-06-30",
};

beforeAll(async () => {
  subgraph = Fastify();
  subgraph.post("/graphql", async () => {
    asked += 1;
    return { data: { person: null } };
  });
  const url = `${await subgraph.listen({ port: 0, host: "127.0.0.1" })}/graphql`;
  supergraph = composeSupergraph([{ name: "only", url, schema: SCHEMA }]);
  authority = await TestAuthority.start();
  const system = async (id: string): Promise<TestSystem> => await authority.system(id);
  systems = {
    portal: await system("portal"),
    newcomer: await system("newcomer"),
    office: await system("office"),
    curious: await system("curious"),
  };
  const scope = (name: string): { name: string; owner: string } => ({
    name,
    owner: name.startsWith("people") ? "police" : "land-office",
  });
  const names = ["people:identity", "people:sensitive", "people:home", "people:friends"];
  authority.change(() => ({
    scopes: [...names, "land:parcel", "land:rights"].map(scope),
    purposes: [
      {
        code: "CARE",
        legalBasis: "Act 1",
        ceiling: ["people:identity", "people:home", "people:friends", "land:parcel", "land:rights"],
      },
      { code: "ADMIN", legalBasis: "Act 2", ceiling: ["platform:grants"] },
    ],
  }));
  authority.grant("portal", "CARE", grantTerms);
  authority.grant("office", "ADMIN", { scopes: ["platform:grants"] });
  authority.grant("curious", "CARE", { scopes: ["people:identity"] });
  router = await TestRouter.start(supergraph, {}, authority);
});
afterAll(async () => {
  await router.stop();
  await authority.stop();
  await subgraph.close();
});

interface Told {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & {
    fields: Record<string, unknown>[];
    errors?: { message: string; extensions: Record<string, unknown> }[];
  };
}

async function explain(
  sent: Record<string, unknown>,
  as = systems.portal,
  claims: Record<string, unknown> = { purpose: "CARE", scope: "people:identity land:parcel" },
): Promise<Told> {
  const response = await fetch(new URL("/explain", router.url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${await authority.token(as, claims)}`,
    },
    body: JSON.stringify(sent),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Told["body"],
  };
}

/** Path, coordinate, scopes, owners, class, allowed, reason, cost. */
const row = (field: Record<string, unknown>): unknown[] => [
  (field["path"] as string[]).join("."),
  field["coordinate"],
  field["scopes"],
  field["owners"],
  field["dataClass"],
  field["allowed"],
  field["reason"],
  field["cost"],
];

describe("an operation is explained", () => {
  test("field by field, with a request that opens what the purpose reaches", async () => {
    const { status, headers, body } = await explain({ query: WHOLE });
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    const { fields, ...whole } = body;
    expect(fields.map(row)).toEqual([
      ["person", "Query.person", [["people:identity"]], ["police"], "BASIC", true, null, 1],
      ["person.n", "Person.name", [["people:identity"]], ["police"], "BASIC", true, null, 0],
      [
        "person.faith",
        "Person.faith",
        [["people:sensitive"]],
        ["police"],
        "SENSITIVE",
        false,
        "The purpose does not reach people:sensitive.",
        5,
      ],
      [
        "person.home",
        "Person.home",
        [["people:home"], ["land:parcel", "land:rights"]],
        ["land-office", "police"],
        "BASIC",
        false,
        "The grant lacks land:rights, or people:home.",
        1,
      ],
      [
        "person.home.code",
        "Place.code",
        [],
        [],
        "PUBLIC",
        false,
        "A field around it is refused.",
        0,
      ],
      [
        "person.home.value",
        "Place.value",
        [["land:parcel"]],
        ["land-office"],
        "BASIC",
        false,
        "A field around it is refused.",
        0,
      ],
      [
        "person.friends",
        "Person.friends",
        [["people:friends"]],
        ["police"],
        "BASIC",
        false,
        "The grant lacks people:friends.",
        4,
      ],
      [
        "person.friends.name",
        "Person.name",
        [["people:identity"]],
        ["police"],
        "BASIC",
        false,
        "A field around it is refused.",
        0,
      ],
    ]);
    const today = dayInVietNam(new Date());
    expect(whole).toEqual({
      operation: "Whole",
      system: "portal",
      purpose: "CARE",
      allowed: false,
      reasons: [],
      cost: { estimated: 11, budgetPerMinute: 100 },
      request: {
        system: "portal",
        purpose: "CARE",
        scopes: ["land:parcel", "land:rights", "people:friends", "people:identity"],
        limits: {
          provinces: [
            { code: "01", asOf: today },
            { code: "46", asOf: today },
          ],
          subjects: "HOUSEHOLD",
          search: true,
          linked: 1,
        },
        budget: { requestsPerSecond: 50, costPerMinute: 100 },
        operations: "ANY",
        demandsActor: false,
        demandsCase: true,
        validUntil: "2027-06-30",
      },
      beyondCeiling: ["people:sensitive"],
    });
  });

  test.each([
    ["more of a grant", "portal"],
    ["a first grant", "newcomer"],
  ] as const)("with a request for %s in the form the registry takes", async (_title, id) => {
    const text = readFileSync(
      new URL("../../gateway/authority/schema.graphql", import.meta.url),
      "utf8",
    );
    const schema = executableSchema(text);
    const { variableDefinitions } = parse("query ($input: GrantRequest!) { __typename }")
      .definitions[0] as OperationDefinitionNode;
    const { body } = await explain({ query: WHOLE }, systems[id]);
    const { coerced, errors } = getVariableValues(schema, variableDefinitions!, {
      input: body["request"],
    });
    expect(errors).toBeUndefined();
    expect(coerced?.["input"]).toMatchObject({ system: id, purpose: "CARE" });
  });

  test("that is allowed needs no request", async () => {
    const { body } = await explain({
      query: "{ person(id: 1) { name __typename } places { value } }",
    });
    expect(body).toMatchObject({ allowed: true, reasons: [], request: null, beyondCeiling: [] });
    expect(body.fields.map(({ coordinate }) => coordinate)).toEqual([
      "Query.person",
      "Person.name",
      "Query.places",
      "Place.value",
    ]);
  });

  test("for a purpose its system has no grant for yet", async () => {
    const { body } = await explain({ query: WHOLE, purpose: "CARE" }, systems.newcomer, {
      purpose: "OTHER",
    });
    const today = dayInVietNam(new Date());
    expect(body).toMatchObject({
      system: "newcomer",
      purpose: "CARE",
      allowed: false,
      reasons: [
        {
          code: "AUTHORIZE_GRANT_MISSING",
          message: "The system has no live grant for this purpose.",
        },
      ],
      cost: { estimated: 11, budgetPerMinute: null },
      request: {
        system: "newcomer",
        purpose: "CARE",
        scopes: ["land:parcel", "people:friends", "people:home", "people:identity"],
        limits: { subjects: "ANY", search: false, linked: 1 },
        operations: "ANY",
        demandsActor: false,
        demandsCase: false,
        validUntil: `${Number(today.slice(0, 4)) + 1}${today.slice(4).replace("02-29", "02-28")}`,
      },
    });
    expect(Object.keys(body["request"] as object)).not.toContain("budget");
    expect(body.fields.find(({ coordinate }) => coordinate === "Person.friends")).toMatchObject({
      reason: "It needs people:friends.",
    });
  });

  test("by what the grant opens, not by how much of it the token has", async () => {
    const { body } = await explain({ query: "{ person(id: 1) { name } }" }, systems.portal, {
      purpose: "CARE",
      scope: "",
    });
    expect(body["allowed"]).toBe(true);
  });

  test("with the types of a union apart", async () => {
    const query = "{ known { ... on Person { faith } ... on Place { code } } }";
    const { body } = await explain({ query });
    expect(body.fields.map(({ coordinate, allowed }) => [coordinate, allowed])).toEqual([
      ["Query.known", true],
      ["Person.faith", false],
      ["Place.code", true],
    ]);
  });

  test("that costs more than any minute has: the request asks for enough", async () => {
    const query = `{ ${Array.from({ length: 40 }, (_, index) => `p${index}: places { code }`).join(" ")} }`;
    const { body } = await explain({ query });
    expect(body).toMatchObject({
      allowed: false,
      reasons: [{ code: "ADMIT_COST_TOO_HIGH" }],
      cost: { estimated: 120, budgetPerMinute: 100 },
      request: { budget: { requestsPerSecond: 50, costPerMinute: 120 } },
    });
  });

  test("that a grant for registered operations does not know", async () => {
    authority.grant("portal", "ONLY", {
      id: "grant-2",
      scopes: ["people:identity"],
      operations: "registered",
      registered: [createHash("sha256").update("{ places { code } }").digest("hex")],
    });
    await vi.waitFor(async () =>
      expect((await explain({ query: "{ places { code } }", purpose: "ONLY" })).status).toBe(200),
    );
    const known = await explain({ query: "{ places { code } }", purpose: "ONLY" });
    expect(known.body).toMatchObject({ allowed: true, reasons: [], request: null });
    const other = await explain({ query: "{ places { code value } }", purpose: "ONLY" });
    expect(other.body).toMatchObject({
      allowed: false,
      reasons: [{ code: "AUTHORIZE_OPERATION_UNREGISTERED" }],
    });
  });

  test("with variables where they are sent, for whichever where not", async () => {
    const query =
      "query ($id: ID!, $yes: Boolean!) { person(id: $id) { name friends @include(if: $yes) { name } } }";
    const open = await explain({ query });
    expect(open.body.fields.map(({ allowed }) => allowed)).toEqual([true, true, false, false]);
    const sent = await explain({ query, variables: { id: 1, yes: true } });
    expect(sent.body["cost"]).toMatchObject({ estimated: 5 });
    const wrong = await explain({ query, variables: { yes: true } });
    expect([wrong.status, wrong.body.errors?.[0]?.extensions["code"]]).toEqual([
      400,
      "BAD_USER_INPUT",
    ]);
  });

  test("without anything being fetched, and goes on record as a request of its own", async () => {
    asked = 0;
    const { headers } = await explain({ query: WHOLE });
    expect(asked).toBe(0);
    expect(router.records().at(-1)).toMatchObject({
      id: headers.get("x-request-id"),
      system: "portal",
      purpose: "CARE",
      decision: "allowed",
      outcome: "answered",
      code: null,
      subgraphs: [],
      fields: { PUBLIC: [], BASIC: [], SENSITIVE: [] },
    });
  });
});

describe("another system's rights", () => {
  const about = { query: WHOLE, system: "portal", purpose: "CARE" };

  test("are explained to who administers grants", async () => {
    const claims = { purpose: "ADMIN", scope: "platform:grants" };
    const { status, body } = await explain(about, systems.office, claims);
    expect(status).toBe(200);
    expect(body).toMatchObject({ system: "portal", request: { system: "portal" } });
  });

  test.each([
    ["to a system with another grant", "curious", { purpose: "CARE", scope: "people:identity" }],
    ["to one whose token left the scope out", "office", { purpose: "ADMIN", scope: "" }],
    [
      "to one whose token has a scope that its grant has not",
      "curious",
      { purpose: "CARE", scope: "platform:grants" },
    ],
  ] as const)("are not explained %s", async (_title, id, claims) => {
    const { status, body, headers } = await explain(about, systems[id], claims);
    expect(status).toBe(403);
    expect(body).toEqual({
      errors: [
        {
          message:
            "Rights are explained to the system they are of, and to those who administer grants.",
          extensions: { code: "EXPLAIN_FORBIDDEN", requestId: headers.get("x-request-id") },
        },
      ],
    });
    expect(router.records().at(-1)).toMatchObject({
      decision: "refused",
      code: "EXPLAIN_FORBIDDEN",
    });
  });

  test.each([
    ["an unknown system", { system: "nobody" }, "REGISTRY_SYSTEM_UNKNOWN"],
    ["an unknown purpose", { purpose: "NOTHING" }, "REGISTRY_PURPOSE_UNKNOWN"],
    ["a system named like an object's own", { system: "__proto__" }, "REGISTRY_SYSTEM_UNKNOWN"],
  ])("%s", async (_title, changes, code) => {
    const claims = { purpose: "ADMIN", scope: "platform:grants" };
    const { status, body } = await explain({ ...about, ...changes }, systems.office, claims);
    expect([status, body.errors?.[0]?.extensions["code"]]).toEqual([404, code]);
  });
});

describe("what is wrong is said as for an answer", () => {
  test.each([
    ["no operation", {}, 400, "BAD_REQUEST"],
    ["no GraphQL", { query: "{" }, 400, "GRAPHQL_PARSE_FAILED"],
    ["a field that is none", { query: "{ nothing }" }, 400, "GRAPHQL_VALIDATION_FAILED"],
    ["too deep", { query: `${"{ a ".repeat(40)}${"}".repeat(40)}` }, 400, "READ_TOO_DEEP"],
    ["a system that is no text", { query: "{ places { code } }", system: 7 }, 400, "BAD_REQUEST"],
    [
      "a hash nobody has registered",
      { extensions: { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } } },
      404,
      "PERSISTED_QUERY_NOT_FOUND",
    ],
  ])("%s", async (_title, sent, expected, code) => {
    const { status, body } = await explain(sent);
    expect([status, body.errors?.[0]?.extensions["code"]]).toEqual([expected, code]);
  });

  test("no token", async () => {
    const response = await fetch(new URL("/explain", router.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: WHOLE }),
    });
    expect(response.status).toBe(401);
  });

  test("a question counts among its grant's requests, and costs nothing", async () => {
    authority.grant("curious", "SLOW", {
      id: "slow",
      budget: { requestsPerSecond: 1, costPerMinute: 1 },
    });
    const claims = { purpose: "SLOW" };
    await vi.waitFor(async () => {
      const two = await Promise.all(
        [1, 2].map(
          async () => await explain({ query: "{ places { code } }" }, systems.curious, claims),
        ),
      );
      expect(two.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 429]);
    }, 10_000);
  });
});

test("where tokens are the grants, the token is what is explained", async () => {
  const free = await TestRouter.start(supergraph);
  const token = await free.issuer.token({ scope: "people:identity" });
  const response = await fetch(new URL("/explain", free.url), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ person(id: 1) { name faith } }" }),
  });
  expect(await response.json()).toMatchObject({
    system: "test-system",
    allowed: false,
    reasons: [],
    cost: { estimated: 6, budgetPerMinute: null },
    fields: [
      { coordinate: "Query.person", allowed: true, owners: [] },
      { coordinate: "Person.name", allowed: true },
      { coordinate: "Person.faith", allowed: false, reason: "The token lacks people:sensitive." },
    ],
    request: null,
    beyondCeiling: [],
  });
  await free.stop();
});
