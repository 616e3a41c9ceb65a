import { type Database, openDatabase } from "@truc/service";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { auditSubgraph } from "../subgraph.ts";
import { readFieldRules } from "./field-rules.ts";
import { CONTEXT, keep, registryWith, SUPERGRAPH } from "./test-usage.ts";
import { usageResolvers } from "./usage-resolvers.ts";

let database: TestDatabase;
let db: Database;
let subgraph: TestSubgraph;

beforeAll(async () => {
  database = await createTestDatabase(
    databaseServers().find(({ dialect }) => dialect === "postgres")!,
  );
  const authority = {
    registry: async () => registryWith("grant-1", ["boats:hull", "crew:names"]),
    rolesOf: async (subject: string) =>
      subject === "auditor" ? [{ role: "auditor", agency: null }] : [],
  };
  const rules = () => readFieldRules(SUPERGRAPH);
  subgraph = await startSubgraph(
    auditSubgraph([usageResolvers({ authority, rules })]),
    database.url,
  );
  db = openDatabase(database.url, { maxConnections: 1 });
  const bytes = 3_000_000_000;
  const refused = { ...CONTEXT, decision: "refused" as const, refused: ["Boat.owner"] };
  await keep(db, [
    { context: CONTEXT, record: { time: Date.parse("2026-03-05T10:00:00Z"), bytes, objects: 2 } },
    {
      context: refused,
      record: { time: Date.parse("2026-03-06"), bytes: 0, outcome: "refused", code: "NO_SCOPE" },
    },
  ]);
});

afterAll(async () => {
  await db.close();
  await subgraph.stop();
  await database.drop();
});

const GRANT_USE = `query ($grant: ID!, $from: LocalDate, $to: LocalDate) {
  grantUse(grant: $grant, from: $from, to: $to) {
    grant live system agency purpose from to requests refused failed objects subjects bytes lastUsed withdrawable
    fields { coordinate requests }
    scopes { scope requests unused used { coordinate requests } }
  }
}`;
const REGISTER_USE = `{
  registerUse(register: "boats", from: "2026-03-01", to: "2026-03-31") {
    register from to requests objects bytes refused
    topByRequests { agency system purpose requests objects bytes }
    topByObjects { system }
    refusals { agency system purpose code requests }
  }
}`;
const period = { from: "2026-03-01", to: "2026-03-31" };

it("answers what a grant was used for", async () => {
  const variables = { grant: "grant-1", ...period };
  const { data, errors } = await subgraph.query(GRANT_USE, { person: "auditor", variables });
  expect(errors).toBeUndefined();
  const used = [{ coordinate: "Boat.name", requests: 1 }];
  expect(data.grantUse).toEqual({
    grant: "grant-1",
    live: true,
    system: "harbour-desk",
    agency: "harbour",
    purpose: "MOORING",
    ...period,
    requests: 2,
    refused: 1,
    failed: 0,
    objects: 2,
    subjects: 0,
    bytes: 3_000_000_000,
    lastUsed: "2026-03-06T00:00:00.000Z",
    withdrawable: ["crew:names"],
    fields: used,
    scopes: [
      { scope: "boats:hull", requests: 1, used, unused: ["Query.boat"] },
      { scope: "crew:names", requests: 0, used: [], unused: ["Boat.crew", "Sailor.name"] },
    ],
  });
});

it("answers who read a register", async () => {
  const { data, errors } = await subgraph.query(REGISTER_USE, { person: "auditor" });
  expect(errors).toBeUndefined();
  const who = { agency: "harbour", system: "harbour-desk", purpose: "MOORING" };
  expect(data.registerUse).toEqual({
    register: "boats",
    ...period,
    requests: 1,
    objects: 2,
    bytes: 3_000_000_000,
    refused: 1,
    topByRequests: [{ ...who, requests: 1, objects: 2, bytes: 3_000_000_000 }],
    topByObjects: [{ system: "harbour-desk" }],
    refusals: [{ ...who, code: "NO_SCOPE", requests: 1 }],
  });
});

it.each([
  ["somebody without the role", { person: "somebody" }, "AUDIT_FORBIDDEN"],
  ["a system", {}, "AUDIT_FORBIDDEN"],
  ["a period of years", { person: "auditor", from: "2020-01-01" }, "ARGUMENT_INVALID"],
  ["a day that is none", { person: "auditor", from: "2026-02-30" }, "ARGUMENT_INVALID"],
])("refuses %s", async (_, { from, ...permit }: { from?: string; person?: string }, code) => {
  const variables = { grant: "grant-1", ...period, ...(from !== undefined && { from }) };
  const { data, errors } = await subgraph.query(GRANT_USE, { ...permit, variables });
  expect(data.grantUse).toBeNull();
  expect(errors?.map(({ extensions }) => extensions["code"])).toEqual([code]);
});
