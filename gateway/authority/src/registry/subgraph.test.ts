import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { databaseServers, startSubgraph, type TestSubgraph } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSystemKey } from "../system-key.ts";
import { tablesOf } from "../tables.ts";
import { registrySnapshot } from "./snapshot.ts";
import { registrySubgraph } from "./subgraph.ts";
import { askFor, by, startTestRegistry, type TestRegistry, approveOpen } from "./test-registry.ts";

const SUPERGRAPH = `
  schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) {
    query: Query
  }
  directive @link(url: String, for: link__Purpose) repeatable on SCHEMA
  directive @join__field(graph: join__Graph) repeatable on FIELD_DEFINITION
  directive @inaccessible on FIELD_DEFINITION
  enum link__Purpose { SECURITY EXECUTION }
  enum join__Graph { LAND @join__graph(name: "land", url: "http://127.0.0.1/") }
  type Query {
    plot(id: ID!): String @join__field(graph: LAND)
    vault: String @join__field(graph: LAND) @inaccessible
  }
`;

describe.each(databaseServers())("the registry's subgraph on $dialect", (server) => {
  let registry: TestRegistry;
  let subgraph: TestSubgraph;
  let directory: string;
  /** Of the bureau: `people:name` approved by head-people, `land:plot` undecided. */
  let grant: string;
  beforeAll(async () => {
    registry = await startTestRegistry(server);
    directory = await mkdtemp(path.join(tmpdir(), "truc-registry-"));
    const supergraph = path.join(directory, "supergraph.graphql");
    await writeFile(supergraph, SUPERGRAPH);
    subgraph = await startSubgraph(registrySubgraph({ supergraph }), registry.url);
    const people = await tablesOf(registry.db).selectFrom("person").select("id").execute();
    await tablesOf(registry.db)
      .insertInto("subject")
      .values(people.map(({ id }) => ({ subject: `sub-${id}`, person: id, client: "desk" })))
      .execute();
    grant = await askFor(registry);
    await approveOpen(registry.db, by("head-people"), { grant, scopes: ["people:name"] });
  });
  afterAll(async () => {
    await subgraph?.stop();
    await registry?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const as = async (person: string, query: string, variables: Record<string, unknown> = {}) =>
    await subgraph.query(query, { variables, person: `sub-${person}`, agency: "operator" });
  const idsSeenBy = async (person: string): Promise<string[]> => {
    const { data, errors } = await as(person, "{ grants { nodes { id } } }");
    expect(errors).toBeUndefined();
    return data.grants.nodes.map(({ id }: { id: string }) => id);
  };

  describe("me", () => {
    test("is the citizen who is signed in, by her key", async () => {
      const { data } = await subgraph.query("{ me { id } }", { self: "901190000001" });
      expect(data).toEqual({ me: { id: "901190000001" } });
    });

    test("is nobody where nobody is signed in, and needs no scope", async () => {
      const { data, errors } = await subgraph.query("{ me { __typename } }", { scopes: [] });
      expect([data, errors]).toEqual([{ me: null }, undefined]);
    });
  });

  test("everything else needs platform:grants", async () => {
    for (const query of [
      "{ grants { nodes { id } } }",
      "{ agencies { id } }",
      "{ people { id } }",
    ]) {
      const { data, errors } = await subgraph.query(query, {
        scopes: ["population:identity"],
        person: "sub-op",
      });
      expect(data).toBeUndefined();
      expect(errors![0]!.extensions["code"]).toBe("UNAUTHORIZED_FIELD_OR_TYPE");
    }
  });

  describe("who sees a grant", () => {
    test.each(["op", "auditor", "head-people", "head-land", "clerk", "both"])(
      "%s does",
      async (person) => {
        expect(await idsSeenBy(person)).toEqual([grant]);
        const { data } = await as(person, "query($id: String!) { grant(id: $id) { id } }", {
          id: grant,
        });
        expect(data).toEqual({ grant: { id: grant } });
      },
    );

    test.each(["stranger", "citizen", "nobody"])("%s does not", async (person) => {
      expect(await idsSeenBy(person)).toEqual([]);
      const { data } = await as(
        person,
        `query($id: String!, $r: [_Any!]!) {
          grant(id: $id) { id }
          _entities(representations: $r) { ... on Grant { id } }
          history(kind: GRANT, id: $id) { id }
          pendingApprovals { isAmendment }
        }`,
        { id: grant, r: [{ __typename: "Grant", id: grant }] },
      );
      expect(data).toEqual({
        grant: null,
        _entities: [null],
        history: [],
        pendingApprovals: [],
      });
    });

    test("a system without a person sees its own agency's", async () => {
      const seen = async (agency: string) =>
        (await subgraph.query("{ grants { nodes { id } } systems { id } }", { agency })).data;
      expect(await seen("bureau")).toEqual({
        grants: { nodes: [{ id: grant }] },
        systems: [{ id: "counter" }, { id: "desk" }],
      });
      expect(await seen("elsewhere")).toEqual({
        grants: { nodes: [] },
        systems: [{ id: "stranger-desk" }],
      });
    });

    test("people: citizens are for operators and auditors; a citizen sees what is held of herself", async () => {
      const seen = async (person: string): Promise<string[]> =>
        (await as(person, "{ people { id } }")).data.people.map(({ id }: { id: string }) => id);
      expect(await seen("auditor")).toContain("citizen");
      expect(await seen("clerk")).not.toContain("citizen");
      expect(await seen("clerk")).toContain("head-land");
      expect(await seen("citizen")).toEqual([]);
      const own = await as("citizen", "{ person { id name roles { role } } }");
      expect(own.data.person).toEqual({
        id: "citizen",
        name: "Citizen",
        roles: [{ role: "CITIZEN" }],
      });
    });
  });

  test("a grant is told whole: its decisions, terms, and history", async () => {
    const { data, errors } = await as(
      "head-land",
      `query($id: String!) { grant(id: $id) {
        system { id agency { name } } purpose { code ceiling { name owner { id } } } status
        scopes { scope { name } decision decidedBy { id name } decidedAt reason }
        limits { provinces { code } subjects search linked } budget { requestsPerSecond costPerMinute }
        operations demandsActor demandsCase demandsReceipt validFrom validUntil requestedBy { id } requestedAt reason
        amendment { reason } registered { hash } suspensions { reason }
        history { by person { name } what kind subject reason oldValue }
      } }`,
      { id: grant },
    );
    expect(errors).toBeUndefined();
    expect(data.grant).toEqual({
      system: { id: "desk", agency: { name: "Bureau" } },
      purpose: {
        code: "SALE",
        ceiling: [
          { name: "land:plot", owner: { id: "land-office" } },
          { name: "people:home", owner: { id: "people-office" } },
          { name: "people:name", owner: { id: "people-office" } },
        ],
      },
      status: "ACTIVE",
      scopes: [
        {
          scope: { name: "land:plot" },
          decision: "REQUESTED",
          decidedBy: null,
          decidedAt: null,
          reason: null,
        },
        {
          scope: { name: "people:name" },
          decision: "APPROVED",
          decidedBy: { id: "head-people", name: "Head of People" },
          decidedAt: "2026-11-21T17:30:00.000Z",
          reason: "For a test.",
        },
      ],
      limits: { provinces: null, subjects: "ANY", search: false, linked: 0 },
      budget: { requestsPerSecond: 100, costPerMinute: 1_000_000 },
      operations: "ANY",
      demandsActor: false,
      demandsCase: false,
      demandsReceipt: false,
      validFrom: "2026-11-22",
      validUntil: "2027-11-22",
      requestedBy: { id: "clerk" },
      requestedAt: "2026-11-21T17:30:00.000Z",
      reason: "For a test.",
      amendment: null,
      registered: [],
      suspensions: [],
      history: [
        {
          by: "head-people",
          person: { name: "Head of People" },
          what: "approve",
          kind: "GRANT",
          subject: grant,
          reason: "For a test.",
          oldValue: `{"status":"requested","request":"${grant}","decisions":{"people:name":"requested"}}`,
        },
        {
          by: "clerk",
          person: { name: "Clerk" },
          what: "request",
          kind: "GRANT",
          subject: grant,
          reason: "For a test.",
          oldValue: null,
        },
      ],
    });
  });

  test("what awaits a decision is shown to who decides and to who asked", async () => {
    const seen = async (person: string) =>
      (
        await as(
          person,
          "{ pendingApprovals { grant { id } request scopes { name } isAmendment } }",
        )
      ).data.pendingApprovals;
    const waiting = [
      {
        grant: { id: grant },
        request: grant,
        scopes: [{ name: "land:plot" }],
        isAmendment: false,
      },
    ];
    expect(await seen("head-land")).toEqual(waiting);
    expect(await seen("clerk")).toEqual(waiting);
    expect(await seen("auditor")).toEqual(waiting);
    expect(await seen("head-people")).toEqual([]);
  });

  test("a request is shown with the id that a decision names, its terms and what became of its scopes", async () => {
    const { data, errors } = await as(
      "head-land",
      `query($id: String!) { grant(id: $id) { amendment { id } request {
        id isAmendment limits { linked } validUntil requestedBy { id } reason scopes { scope { name } decision }
      } } }`,
      { id: grant },
    );
    expect(errors).toBeUndefined();
    expect(data.grant).toEqual({
      amendment: null,
      request: {
        id: grant,
        isAmendment: false,
        limits: { linked: 0 },
        validUntil: "2027-11-22",
        requestedBy: { id: "clerk" },
        reason: "For a test.",
        scopes: [
          { scope: { name: "land:plot" }, decision: "REQUESTED" },
          { scope: { name: "people:name" }, decision: "APPROVED" },
        ],
      },
    });
  });

  test("the history of a person holds no number of hers", async () => {
    const { data } = await as("auditor", "{ history(kind: PERSON) { by person { id } newValue } }");
    expect(data.history.length).toBeGreaterThan(5);
    expect(data.history[0]).toMatchObject({ by: "operator-key", person: null });
    expect(JSON.stringify(data)).not.toContain("901190000001");
  });

  test("the way from a request to data, two owners' approvals, a narrowing and the end", async () => {
    const change = async (person: string, mutation: string) => {
      const { data, errors } = await as(person, `mutation { done: ${mutation} { id status } }`);
      expect(errors).toBeUndefined();
      return data.done as { id: string; status: string };
    };
    const asked = await change(
      "clerk",
      `requestGrant(reason: "A sale.", input: { system: "counter", purpose: "SALE", scopes: ["people:name", "land:plot"],
        limits: { provinces: [{ code: "64", asOf: "2020-01-01" }], subjects: HOUSEHOLD, linked: 1 },
        operations: REGISTERED, validUntil: "${later()}" })`,
    );
    expect(asked.status).toBe("REQUESTED");
    const id = asked.id;
    const decide = `grant: "${id}", reason: "Fine."`;
    expect(
      await change(
        "head-land",
        `approveScopes(${decide}, request: "${id}", scopes: ["land:plot"])`,
      ),
    ).toEqual({
      id,
      status: "ACTIVE",
    });
    await change(
      "head-people",
      `rejectScopes(${decide}, request: "${id}", scopes: ["people:name"])`,
    );
    const fed = async () =>
      (await registrySnapshot(registry.db)).grants.find((each) => each.id === id);
    expect(await fed()).toMatchObject({
      scopes: ["land:plot"],
      limits: { provinces: ["52"], subjects: "household", search: false, linked: 1 },
      operations: "registered",
    });
    await change("head-land", `amendGrant(${decide}, input: { limits: { subjects: SELF } })`);
    expect((await fed())!.limits.subjects).toBe("self");
    await change("clerk", `amendGrant(${decide}, input: { limits: { provinces: null } })`);
    const { data } = await as(
      "head-land",
      `{ grant(id: "${id}") { amendment { limits { provinces { code } } scopes { scope { name } decision } } request { id isAmendment } } }`,
    );
    expect(data.grant.request).toEqual({ id: expect.any(String), isAmendment: true });
    expect(data.grant.request.id).not.toBe(id);
    expect(data.grant.amendment).toEqual({
      limits: { provinces: null },
      scopes: [{ scope: { name: "land:plot" }, decision: "REQUESTED" }],
    });
    expect((await change("clerk", `withdrawRequest(${decide})`)).status).toBe("ACTIVE");
    expect((await change("op", `suspendGrant(${decide})`)).status).toBe("SUSPENDED");
    expect((await change("op-2", `resumeGrant(${decide})`)).status).toBe("ACTIVE");
    expect((await change("clerk", `revokeGrant(${decide})`)).status).toBe("REVOKED");
    expect(await fed()).toBeUndefined();
  });

  test("agencies, systems, keys, people and purposes are kept up through it", async () => {
    const key = JSON.stringify((await makeSystemKey()).publicKey);
    const { thumbprint, ...done } = await keptUp(key);
    expect(done).toEqual({
      agency: { id: "museum", status: "ACTIVE" },
      system: { id: "hall", dpop: true, agency: { id: "museum" } },
      person: {
        id: "curator",
        roles: [{ role: "AGENCY_ADMIN", agency: { id: "museum" } }],
      },
      purpose: { code: "SHOW", ceiling: [{ name: "people:name" }], disclosureDelayDays: 3 },
    });
    await tablesOf(registry.db)
      .insertInto("subject")
      .values({ subject: "sub-curator", person: "curator", client: "desk" })
      .execute();
    const status = async (mutation: string): Promise<string> => {
      const { data, errors } = await as(
        "curator",
        `mutation { ${mutation}(thumbprint: "${thumbprint}", reason: "So.") { keys { status } } }`,
      );
      expect(errors).toBeUndefined();
      return data[mutation].keys[0].status;
    };
    expect(await status("suspendSystemKey")).toBe("SUSPENDED");
    expect(await status("resumeSystemKey")).toBe("ACTIVE");
    expect(await status("retireSystemKey")).toBe("RETIRED");
  });

  async function keptUp(key: string) {
    const { data, errors } = await as(
      "op",
      `mutation($key: String!) {
        agency: registerAgency(input: { id: "museum", name: "Museum" }, reason: "New.") { id status }
        registerPerson(input: { id: "curator", name: "Curator" }, reason: "New.") { id }
        system: registerSystem(input: { id: "hall", agency: "museum", name: "Hall", dpop: true }, reason: "New.") {
          id dpop agency { id }
        }
        added: addSystemKey(system: "hall", key: $key, reason: "New.") { keys { thumbprint } }
        person: setRoles(person: "curator", roles: [{ role: AGENCY_ADMIN, agency: "museum" }], reason: "New.") {
          id roles { role agency { id } }
        }
        purpose: definePurpose(input: { code: "SHOW", text: "Showing.", legalBasis: "A law", ceiling: ["people:name"],
          disclosureDelayDays: 3 }, reason: "New.") { code ceiling { name } disclosureDelayDays }
      }`,
      { key },
    );
    expect(errors).toBeUndefined();
    const { added, registerPerson: _registered, ...done } = data;
    return { ...done, thumbprint: added.keys[0].thumbprint as string };
  }

  test("an operation is registered, approved, fed to routers, and refused again", async () => {
    const text = "query Plot($id: ID!) { plot(id: $id) }";
    const hash = createHash("sha256").update(text).digest("hex");
    const registered = await as(
      "clerk",
      `mutation($input: NewOperation!) { registerOperation(input: $input, reason: "New.") { hash agency { id } } }`,
      { input: { agency: "bureau", hash, name: "Plot", text } },
    );
    expect(registered.data.registerOperation).toEqual({ hash, agency: { id: "bureau" } });
    const word = async (mutation: string) =>
      (
        await as(
          "head-people",
          `mutation { ${mutation}(grant: "${grant}", hash: "${hash}", reason: "So.") {
            registered { hash owner { id } decision }
          } }`,
        )
      ).data[mutation].registered;
    expect(await word("approveOperation")).toEqual([
      { hash, owner: { id: "people-office" }, decision: "APPROVED" },
    ]);
    const snapshot = await registrySnapshot(registry.db);
    expect(snapshot.operations).toEqual([{ hash, name: "Plot", text }]);
    expect(snapshot.grants.find(({ id }) => id === grant)!.registered).toEqual([hash]);
    const seen = await as("head-land", "{ registeredOperations { hash text } }");
    expect(seen.data.registeredOperations).toEqual([{ hash, text }]);
    expect((await as("stranger", "{ registeredOperations { hash } }")).data).toEqual({
      registeredOperations: [],
    });
    await word("rejectOperation");
    const after = await registrySnapshot(registry.db);
    expect([after.operations, after.grants.find(({ id }) => id === grant)!.registered]).toEqual([
      [],
      [],
    ]);
  });

  test("what is inaccessible is no part of an operation", async () => {
    const text = "{ vault }";
    const { errors } = await as(
      "clerk",
      `mutation($input: NewOperation!) { registerOperation(input: $input, reason: "New.") { hash } }`,
      {
        input: {
          agency: "bureau",
          hash: createHash("sha256").update(text).digest("hex"),
          name: "Vault",
          text,
        },
      },
    );
    expect(errors![0]!.extensions["code"]).toBe("REGISTRY_OPERATION_INVALID");
  });

  test.each([
    ["a system without a person", {}],
    ["somebody the registry does not know", { person: "sub-of-nobody" }],
  ])("%s changes nothing", async (_who, claims) => {
    const before = await registry.dump();
    const { errors, data } = await subgraph.query(
      'mutation { registerAgency(input: { id: "x", name: "X" }, reason: "So.") { id } }',
      { agency: "bureau", ...claims },
    );
    expect(data).toEqual({ registerAgency: null });
    expect(errors!.map(({ extensions }) => extensions["code"])).toEqual(["REGISTRY_FORBIDDEN"]);
    expect(await registry.dump()).toEqual(before);
  });

  test("a refusal is told with its code and what was wrong", async () => {
    const { errors } = await as(
      "clerk",
      `mutation { requestGrant(reason: "So.", input: { system: "desk", purpose: "SALE", scopes: ["land:debt"],
        validUntil: "${later()}" }) { id } }`,
    );
    expect(errors).toEqual([
      {
        message: "The purpose SALE does not reach land:debt.",
        path: ["requestGrant"],
        extensions: { code: "REGISTRY_SCOPE_BEYOND_CEILING", scopes: ["land:debt"] },
      },
    ]);
  });

  test("a page of grants is continued by its cursor, narrowed by conditions, and costs as many statements as one", async () => {
    for (const system of ["counter", "stranger-desk"]) await askOf(system);
    const query = `query($after: String) { grants(first: 1, after: $after) {
      nodes { system { id agency { id } } scopes { scope { owner { id } } } history { by } } pageInfo { hasNextPage endCursor } } }`;
    const systems: string[] = [];
    let after: string | null = null;
    let hasNextPage = true;
    while (hasNextPage) {
      const { data, errors } = await as("auditor", query, { after });
      expect(errors).toBeUndefined();
      systems.push(...data.grants.nodes.map((each: any) => each.system.id));
      ({ hasNextPage, endCursor: after } = data.grants.pageInfo);
    }
    expect(systems).toEqual(systems.toSorted());
    expect(new Set(systems)).toEqual(new Set(["counter", "desk", "stranger-desk"]));
    const one = subgraph.statements;
    await as("auditor", query.replace("first: 1", "first: 100"));
    expect(subgraph.statements).toBe(one);
    const { data } = await as(
      "op",
      '{ grants(filter: { agency: "elsewhere", status: REQUESTED, scope: "land:plot" }) { nodes { system { id } } } }',
    );
    expect(data.grants.nodes).toEqual([{ system: { id: "stranger-desk" } }]);
  });

  test("a grant whose last day is over has ended, and awaits nothing", async () => {
    const [id] = await idsSeenBy("stranger");
    await tablesOf(registry.db)
      .updateTable("grant_")
      .set({ valid_from: "2024-01-01", valid_until: "2024-12-31" })
      .where("id", "=", id!)
      .execute();
    const { data } = await as(
      "stranger",
      "{ over: grants(filter: { status: ENDED }) { nodes { status } } open: grants(filter: { status: REQUESTED }) { nodes { id } } pendingApprovals { isAmendment } }",
    );
    expect(data).toEqual({
      over: { nodes: [{ status: "ENDED" }] },
      open: { nodes: [] },
      pendingApprovals: [],
    });
    await tablesOf(registry.db)
      .updateTable("grant_")
      .set({ status: "revoked", live: null })
      .where("id", "=", id!)
      .execute();
    const revoked = await as(
      "stranger",
      "{ grants(filter: { status: REVOKED }) { nodes { id } } }",
    );
    expect(revoked.data.grants.nodes).toEqual([{ id }]);
  });

  /** A further grant, of whichever agency. */
  async function askOf(system: string): Promise<void> {
    const person = system === "stranger-desk" ? "stranger" : "clerk";
    const { errors } = await as(
      person,
      `mutation { requestGrant(reason: "So.", input: { system: "${system}", purpose: "SALE", scopes: ["land:plot"],
        validUntil: "${later()}" }) { id } }`,
    );
    expect(errors).toBeUndefined();
  }
});

/** A year from the day it is: the subgraph goes by the clock. */
function later(): string {
  return new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10);
}
