import { createHash, randomBytes } from "node:crypto";
import type { AuditContext, AuditRecord, RegistrySnapshot } from "@truc/contracts";
import type { Database, SubgraphContext } from "@truc/service";
import { sql } from "kysely";
import type { HeldRole } from "../authority/authority.ts";
import type { Entry } from "../log/entry.ts";
import { readFieldRules } from "./field-rules.ts";
import { usageResolvers } from "./usage-resolvers.ts";
import { UsageSums } from "./usage-sums.ts";

/** A supergraph as composition writes it: a boat register, a crew register, and a field that needs both. */
export const SUPERGRAPH = `
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", as: "needs", for: SECURITY)
{ query: Query }
enum join__Graph {
  BOATS @join__graph(name: "boats", url: "")
  CREW @join__graph(name: "crew", url: "")
}
type Query @join__type(graph: BOATS) @join__type(graph: CREW) {
  boat(id: ID!): Boat @join__field(graph: BOATS) @needs(scopes: [["boats:hull"], ["boats:owners"]])
  ports: [String] @join__field(graph: BOATS)
}
interface Named @join__type(graph: BOATS) { name: String @needs(scopes: [["copied:here"]]) }
type Boat implements Named @join__type(graph: BOATS, key: "id") @join__type(graph: CREW, key: "id") {
  id: ID! 
  name: String @join__field(graph: BOATS) @needs(scopes: [["boats:hull"]])
  owner: Owner @join__field(graph: BOATS) @needs(scopes: [["boats:owners"]])
  draught: Int @join__field(graph: BOATS) @join__field(graph: CREW, external: true)
  fit: Boolean @join__field(graph: CREW, requires: "name") @needs(scopes: [["boats:hull"]]) @needs(scopes: [["crew:health"], ["crew:all"]])
  crew: [Sailor] @join__field(graph: CREW) @needs(scopes: [["crew:all"], ["crew:names"]])
}
type Owner @join__type(graph: BOATS) @needs(scopes: [["boats:people"]]) { city: String }
type Sailor implements Named @join__type(graph: CREW) { name: String @needs(scopes: [["crew:names"]]) }
`;

/** The same rules written down by hand, without what covers no more than another alternative does. */
export const RULES: Record<string, string[][]> = {
  "Query.boat": [["boats:hull"], ["boats:owners"]],
  "Boat.name": [["boats:hull"]],
  "Boat.owner": [["boats:owners", "boats:people"]],
  "Boat.fit": [
    ["boats:hull", "crew:health"],
    ["boats:hull", "crew:all"],
  ],
  "Boat.crew": [["crew:all"], ["crew:names"]],
  "Sailor.name": [["crew:names"]],
};

export const SCOPES = [
  "boats:hull",
  "boats:owners",
  "boats:people",
  "crew:all",
  "crew:health",
  "crew:names",
];

export const CONTEXT: AuditContext = {
  system: "harbour-desk",
  agency: "harbour",
  purpose: "MOORING",
  legalBasis: "Article 1",
  grant: "grant-1",
  disclosureDelayDays: 0,
  operationName: null,
  fields: { PUBLIC: [], BASIC: ["Boat.name"], SENSITIVE: [] },
  refused: [],
  decision: "allowed",
};

/** A context on file. @returns its digest, base64url */
export async function addContext(db: Database, context: AuditContext): Promise<string> {
  const text = JSON.stringify(context);
  const digest = createHash("sha256").update(text).digest();
  await sql`insert into audit_context values (${digest}, ${text}) on conflict do nothing`.execute(
    db.kysely,
  );
  return digest.toString("base64url");
}

/** Records as entries of a log. */
export function entriesOf(
  records: readonly (Partial<AuditRecord> & { context: string })[],
  contexts: ReadonlyMap<string, AuditContext>,
): Entry[] {
  return records.map((given, position) => ({
    position,
    router: "6f0e2a3c-4d3f-4a55-9b6a-0d8f2f9f0b11",
    sequence: position + 1,
    written: new Date(0),
    line: Buffer.alloc(0),
    leaf: Buffer.alloc(32),
    record: {
      id: `r-${position}`,
      time: 0,
      ms: 1,
      outcome: "answered",
      bytes: 0,
      salt: randomBytes(16).toString("base64url"),
      ...given,
    },
    context: contexts.get(given.context),
  }));
}

/** Lets the sums follow entries in transactions of so many entries each. */
export async function follow(
  db: Database,
  entries: readonly Entry[],
  atOnce = entries.length,
): Promise<void> {
  const sums = new UsageSums();
  for (let at = 0; at < entries.length; at += Math.max(1, atOnce))
    await db.kysely
      .transaction()
      .execute((transaction) => sums.follow(transaction, entries.slice(at, at + atOnce)));
}

/** One request as it is on record. */
export interface Case {
  context: AuditContext;
  record: Omit<Partial<AuditRecord>, "context">;
}

/** Puts requests on record. */
export async function keep(db: Database, cases: readonly Case[], atOnce?: number): Promise<void> {
  const contexts = new Map<string, AuditContext>();
  const records: (Partial<AuditRecord> & { context: string })[] = [];
  for (const { context, record } of cases) {
    const digest = await addContext(db, context);
    contexts.set(digest, context);
    records.push({ ...record, context: digest });
  }
  await follow(db, entriesOf(records, contexts), atOnce);
}

/** What the authority says in these tests, without any grant. */
export const REGISTRY: RegistrySnapshot = {
  revision: 1,
  scopes: SCOPES.map((name) => ({ name, owner: `${name.split(":")[0]}-owner` })),
  purposes: [],
  systems: [
    { id: "harbour-desk", agency: "harbour", status: "active", dpop: false, keys: [] },
    { id: "rescue-desk", agency: "rescue", status: "active", dpop: false, keys: [] },
  ],
  grants: [],
  operations: [],
  suspendedSubjects: [],
};

/** The same with one live grant of system `harbour-desk`. */
export function registryWith(grant: string, scopes: string[]): RegistrySnapshot {
  const live: RegistrySnapshot["grants"][number] = {
    id: grant,
    system: "harbour-desk",
    purpose: "MOORING",
    status: "active",
    scopes,
    limits: { subjects: "any", search: true, linked: 0 },
    budget: { requestsPerSecond: 1, costPerMinute: 1 },
    operations: "any",
    registered: [],
    demandsActor: false,
    demandsCase: false,
    demandsReceipt: false,
    validFrom: "2026-01-01",
    validUntil: "2027-01-01",
  };
  return { ...REGISTRY, grants: [live] };
}

/** Asks for a report, on 2026-11-22. */
export async function ask<T>(
  db: Database,
  field: "grantUse" | "registerUse",
  args: Record<string, unknown>,
  {
    registry = REGISTRY,
    roles = [{ role: "auditor", agency: null }],
    person = "p-1",
  }: {
    registry?: RegistrySnapshot;
    roles?: HeldRole[];
    /** Null: nobody is signed in. */
    person?: string | null;
  } = {},
): Promise<T> {
  const resolvers = usageResolvers({
    authority: { registry: async () => registry, rolesOf: async () => roles },
    rules: () => readFieldRules(SUPERGRAPH),
    now: () => new Date("2026-11-22T12:00:00Z"),
  });
  const permit = person === null ? {} : { person };
  const resolve = resolvers["Query"]![field] as (...all: unknown[]) => Promise<T>;
  return await resolve(null, args, { db, permit } as SubgraphContext, null);
}
