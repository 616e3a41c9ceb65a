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
    findPeople(name: String): [Person] @requiresScopes(scopes: [["people:identity"]]) @data(class: BASIC) @listSize(assumedSize: 2) @search
    findPlaces(near: String): [Place] @authenticated @data(class: PUBLIC) @listSize(assumedSize: 2) @search
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
let systems: Record<
  "portal" | "newcomer" | "office" | "ministry" | "curious" | "citizens",
  TestSystem
>;
let asked = 0;

const grantTerms: Partial<FeedGrant> = {
  id: "grant-1",
  scopes: ["people:identity", "land:parcel"],
  limits: { provinces: ["01", "46"], subjects: "household", search: true, linked: 1 },
  budget: { requestsPerSecond: 50, costPerMinute: 100 },
  demandsCase: true,
  demandsReceipt: true,
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
  const system = async (id: string, agency = `${id}-agency`): Promise<TestSystem> =>
    await authority.system(id, { agency });
  systems = {
    portal: await system("portal"),
    newcomer: await system("newcomer"),
    office: await system("office", "portal-agency"),
    ministry: await system("ministry"),
    citizens: await system("citizens"),
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
        disclosureDelayDays: 0,
      },
      { code: "ADMIN", legalBasis: "Act 2", ceiling: ["platform:grants"], disclosureDelayDays: 0 },
    ],
  }));
  authority.grant("portal", "CARE", grantTerms);
  authority.grant("office", "ADMIN", { scopes: ["platform:grants"] });
  authority.grant("ministry", "ADMIN", { scopes: ["platform:grants"] });
  authority.grant("citizens", "ADMIN", { scopes: ["platform:grants"] });
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
  sent: unknown,
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
        demandsReceipt: true,
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
        demandsReceipt: false,
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
    await vi.waitFor(
      async () =>
        expect((await explain({ query: "{ places { code } }", purpose: "ONLY" })).status).toBe(200),
      10_000,
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
      code: undefined,
      asked: undefined,
      fields: { PUBLIC: [], BASIC: [], SENSITIVE: [] },
    });
  });
});

describe("searches and relations", () => {
  const LOOK_UPS = { subjects: "any" as const, search: false, linked: 0 };
  const FIND = "{ findPeople { name friends { home { code } } } findPlaces { code } }";
  const scopes = ["people:identity", "people:friends", "people:home"];
  const told = (body: Told["body"]): unknown[] =>
    body.fields.map(({ coordinate, allowed, reason }) => [coordinate, allowed, reason]);
  let marks = 1_000;
  /** Explains once the router knows of a grant with these limits, which it tells by its budget. */
  const underLimits = async (query: string, limits: FeedGrant["limits"]): Promise<Told["body"]> => {
    const budget = { requestsPerSecond: 10_000, costPerMinute: (marks += 1) };
    authority.grant("curious", "CARE", { scopes, limits, budget });
    return await vi.waitFor(async () => {
      const { body } = await explain({ query }, systems.curious);
      expect(body["cost"]).toMatchObject({ budgetPerMinute: budget.costPerMinute });
      return body;
    }, 10_000);
  };

  test("a search is not allowed under a grant for look-ups, and is what the request asks for", async () => {
    const body = await underLimits(FIND, LOOK_UPS);
    expect(told(body)).toEqual([
      ["Query.findPeople", false, "The grant allows look-ups by identifier only, no searches."],
      ["Person.name", false, "A field around it is refused."],
      ["Person.friends", false, "A field around it is refused."],
      ["Person.home", false, "A field around it is refused."],
      ["Place.code", false, "A field around it is refused."],
      ["Query.findPlaces", false, "The grant allows look-ups by identifier only, no searches."],
      ["Place.code", false, "A field around it is refused."],
    ]);
    expect(body["allowed"]).toBe(false);
    // Without limits of rows there is nothing that following links would open.
    expect(body["request"]).toMatchObject({
      scopes: scopes.toSorted(),
      limits: { subjects: "ANY", search: true, linked: 0 },
    });
  });

  test("is allowed where searches are", async () => {
    const body = await underLimits(FIND, { ...LOOK_UPS, search: true });
    expect(body).toMatchObject({ allowed: true, request: null });
  });

  test("a request never takes a search away", async () => {
    const body = await underLimits("{ person(id: 1) { faith home { value } } }", {
      ...LOOK_UPS,
      search: true,
    });
    expect(body["request"]).toMatchObject({ limits: { search: true } });
  });

  test("a search that lacks scopes as well says both", async () => {
    authority.grant("newcomer", "CARE", { id: "poor", scopes: ["land:parcel"], limits: LOOK_UPS });
    await vi.waitFor(async () => {
      const { body } = await explain({ query: "{ findPeople { name } }" }, systems.newcomer);
      expect(told(body)[0]).toEqual([
        "Query.findPeople",
        false,
        "The grant lacks people:identity. The grant allows look-ups by identifier only, no searches.",
      ]);
    }, 10_000);
    authority.change(({ grants }) => ({ grants: grants.filter(({ id }) => id !== "poor") }));
    await vi.waitFor(async () => {
      const { body } = await explain({ query: FIND }, systems.newcomer);
      expect(told(body)[0]).toEqual([
        "Query.findPeople",
        false,
        "It needs people:identity. It needs a grant that allows searches.",
      ]);
      expect(body["request"]).toMatchObject({
        limits: { subjects: "ANY", search: true, linked: 2 },
      });
    }, 10_000);
  });

  test("a search that the purpose does not reach is not asked for", async () => {
    authority.change(({ purposes }) => ({
      purposes: [
        ...purposes,
        { code: "LAND", legalBasis: "Act 3", ceiling: ["land:parcel"], disclosureDelayDays: 0 },
      ],
    }));
    authority.grant("curious", "LAND", { id: "land", scopes: [], limits: LOOK_UPS });
    const query = "{ findPeople { friends { name } } places { value } }";
    await vi.waitFor(async () => {
      const { body } = await explain({ query, purpose: "LAND" }, systems.curious);
      expect(body["request"]).toMatchObject({
        scopes: ["land:parcel"],
        limits: { search: false, linked: 0 },
      });
    }, 10_000);
  });

  test.each([
    ["no farther than the operation goes", "{ person(id: 1) { friends { name } } }", 0, 1],
    ["as far as two relations", "{ person(id: 1) { friends { friends { name } } } }", 1, 2],
    [
      "by three at most",
      "{ person(id: 1) { friends { friends { friends { friends { home { code } } } } } } }",
      0,
      3,
    ],
  ])("links are followed %s", async (_title, query, linked, asked) => {
    const limits = { ...LOOK_UPS, provinces: ["01"], linked };
    const body = await underLimits(query, limits);
    expect(body["allowed"]).toBe(true);
    expect(body["request"]).toMatchObject({
      scopes: scopes.toSorted(),
      limits: { search: false, linked: asked },
    });
  });

  test("links that lead far enough are left as they are", async () => {
    const limits = { ...LOOK_UPS, subjects: "self" as const, linked: 2 };
    const body = await underLimits("{ person(id: 1) { friends { name } } }", limits);
    expect(body).toMatchObject({ allowed: true, request: null });
  });
});

describe("another system's rights", () => {
  const about = { query: WHOLE, system: "portal", purpose: "CARE" };
  const ADMIN = { purpose: "ADMIN", scope: "platform:grants" };
  /** Asks by a citizens' system for somebody who is signed in there and holds these roles. */
  const signedIn = async (
    roles: { role: string; agency: string | null }[],
    changes: Record<string, unknown> = {},
    claims: Record<string, unknown> = ADMIN,
  ): Promise<Told> => {
    const sub = crypto.randomUUID();
    authority.people.set(sub, { pin: null, status: "active", roles });
    return await explain({ ...about, ...changes }, systems.citizens, { ...claims, sub });
  };

  test("are explained to a system of the same agency that administers grants", async () => {
    const { status, body } = await explain(about, systems.office, ADMIN);
    expect(status).toBe(200);
    expect(body).toMatchObject({ system: "portal", request: { system: "portal" } });
  });

  test.each([
    ["an operator", { role: "operator", agency: null }],
    ["an auditor", { role: "auditor", agency: null }],
    ["an administrator of its agency", { role: "agency-admin", agency: "portal-agency" }],
  ])("are explained to %s, whatever the token may read", async (_title, role) => {
    const { status, body } = await signedIn([role], {}, { purpose: "NONE", scope: "" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ system: "portal", request: { system: "portal" } });
  });

  const OTHER = { role: "agency-admin", agency: "curious-agency" };
  test.each<[string, () => Promise<Told>]>([
    [
      "to a system with another grant",
      () => explain(about, systems.curious, { purpose: "CARE", scope: "people:identity" }),
    ],
    [
      "to one of the agency whose token left the scope out",
      () => explain(about, systems.office, { purpose: "ADMIN", scope: "" }),
    ],
    [
      "to one of the agency that has no grant for the purpose",
      () => explain(about, systems.office, { purpose: "CARE", scope: "platform:grants" }),
    ],
    [
      "to one whose token has a scope that its grant has not",
      () => explain(about, systems.curious, { purpose: "CARE", scope: "platform:grants" }),
    ],
    [
      "to one of another agency that administers grants",
      () => explain(about, systems.ministry, ADMIN),
    ],
    ["to somebody without a role", () => signedIn([])],
    ["to an administrator of another agency", () => signedIn([OTHER])],
    [
      "to an administrator whose role names no agency",
      () => signedIn([{ role: "agency-admin", agency: null }]),
    ],
    [
      "to who decides on its agency's scopes",
      () => signedIn([{ role: "owner-admin", agency: "portal-agency" }]),
    ],
    ["to a citizen", () => signedIn([{ role: "citizen", agency: null }])],
    [
      "where there is no such system, to one that administers grants",
      () => explain({ ...about, system: "nobody" }, systems.office, ADMIN),
    ],
    [
      "where there is no such system, to another agency's",
      () => explain({ ...about, system: "nobody" }, systems.ministry, ADMIN),
    ],
    [
      "where there is no such system, to one without a grant",
      () => explain({ ...about, system: "nobody" }, systems.newcomer, { purpose: "NONE" }),
    ],
    [
      "where there is no such system, to an agency's administrator",
      () => signedIn([OTHER], { system: "nobody" }),
    ],
    [
      "where there is no such purpose either",
      () => explain({ ...about, purpose: "NOTHING" }, systems.ministry, ADMIN),
    ],
  ])("are not explained %s", async (_title, ask) => {
    const { status, body, headers } = await ask();
    expect(status).toBe(403);
    expect(body).toEqual({
      errors: [
        {
          message:
            "Rights are explained to the system they are of, to its agency's administrators, and to operators and auditors.",
          extensions: { code: "EXPLAIN_FORBIDDEN", requestId: headers.get("x-request-id") },
        },
      ],
    });
    expect(router.records().at(-1)).toMatchObject({
      decision: "refused",
      code: "EXPLAIN_FORBIDDEN",
    });
  });

  test("an authority that tells no roles tells of nobody's", async () => {
    authority.people.set("roleless", { pin: "079200000001", status: "active" });
    const { status } = await explain(about, systems.citizens, { ...ADMIN, sub: "roleless" });
    expect(status).toBe(403);
  });

  test("somebody suspended is not let in, nor anybody while nobody can say who it is", async () => {
    const roles = [{ role: "operator", agency: null }];
    authority.people.set("gone", { pin: null, status: "suspended", roles });
    const gone = await explain(about, systems.citizens, { ...ADMIN, sub: "gone" });
    expect([gone.status, gone.body.errors?.[0]?.extensions["code"]]).toEqual([
      401,
      "TOKEN_REVOKED",
    ]);
    authority.subjectStatus = 500;
    const { status, body } = await signedIn(roles);
    authority.subjectStatus = 200;
    expect([status, body.errors?.[0]?.extensions["code"]]).toEqual([503, "AUTHORITY_UNAVAILABLE"]);
  });

  test("a system's own rights are explained to whoever is signed in there", async () => {
    authority.people.set("anybody", { pin: "079200000002", status: "active", roles: [] });
    const own = { query: WHOLE, purpose: "CARE" };
    const { status } = await explain(own, systems.portal, { sub: "anybody", purpose: "CARE" });
    expect(status).toBe(200);
  });

  test.each([
    ["an unknown system", { system: "nobody" }, "REGISTRY_SYSTEM_UNKNOWN"],
    ["an unknown purpose", { purpose: "NOTHING" }, "REGISTRY_PURPOSE_UNKNOWN"],
    ["a system named like an object's own", { system: "__proto__" }, "REGISTRY_SYSTEM_UNKNOWN"],
  ])("%s is said to an operator", async (_title, changes, code) => {
    const { status, body } = await signedIn([{ role: "operator", agency: null }], changes);
    expect([status, body.errors?.[0]?.extensions["code"]]).toEqual([404, code]);
  });
});

describe("what is wrong is said as for an answer", () => {
  test.each([
    ["no operation", {}, 400, "BAD_REQUEST"],
    ["no GraphQL", { query: "{" }, 400, "GRAPHQL_PARSE_FAILED"],
    ["a field that is none", { query: "{ nothing }" }, 400, "GRAPHQL_VALIDATION_FAILED"],
    ["too deep", { query: `${"{ a ".repeat(40)}${"}".repeat(40)}` }, 400, "READ_TOO_DEEP"],
    ["null", null, 400, "BAD_REQUEST"],
    ["a list", [{ query: "{ places { code } }" }], 400, "BAD_REQUEST"],
    ["a text", "{ places { code } }", 400, "BAD_REQUEST"],
    ["a number", 7, 400, "BAD_REQUEST"],
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
  // There is no registry to say whose any other system is.
  const other = await fetch(new URL("/explain", free.url), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ findPlaces { code } }", system: "other" }),
  });
  expect(other.status).toBe(403);
  await free.stop();
});
