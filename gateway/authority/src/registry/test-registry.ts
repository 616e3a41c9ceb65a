import { type Database, openDatabase } from "@truc/service";
import { createTestDatabase, type DatabaseServer } from "@truc/service/testing";
import { sql } from "kysely";
import type { PlatformDefinition } from "../platform-definition.ts";
import { registerPlatform } from "../register-platform.ts";
import { makeSystemKey, type PublicSystemKey } from "../system-key.ts";
import { tablesOf } from "../tables.ts";
import type { ChangeOrder } from "./change.ts";
import { approveScopes, rejectScopes, type ScopeDecision } from "./decide-scopes.ts";
import { type GrantRequest, requestGrant } from "./request-grant.ts";

/** The day of these tests in Viet Nam; a little after midnight there, the day before in UTC. */
export const TODAY = "2026-11-22";
const NOW = new Date("2026-11-21T17:30:00Z");

/** A registry over a fresh database, for tests. */
export interface TestRegistry {
  db: Database;
  url: string;
  /** The key that system `desk` has from the beginning. */
  deskKey: PublicSystemKey;
  /** Every row of every table of the registry, to compare. */
  dump(): Promise<Record<string, unknown[]>>;
  /** The history's newest lines, the newest first, with their values read. */
  lines(count: number): Promise<TestLine[]>;
  revision(): Promise<number>;
  close(): Promise<void>;
}

export interface TestLine {
  person: string;
  what: string;
  kind: string;
  subject: string;
  reason: string;
  old: any;
  new: any;
}

/** Somebody changes something on the day of these tests. */
export function by(person: string, reason = "For a test."): ChangeOrder {
  return { by: person, reason, now: NOW };
}

/** The same on a later day. @param day YYYY-MM-DD in Viet Nam */
export function byOn(person: string, day: string): ChangeOrder {
  return { by: person, reason: "For a test.", now: new Date(`${day}T12:00:00+07:00`) };
}

export async function startTestRegistry(server: DatabaseServer): Promise<TestRegistry> {
  const database = await createTestDatabase(server);
  const { publicKey } = await makeSystemKey();
  await registerPlatform(database.url, platformOf(publicKey));
  const db = openDatabase(database.url, { maxConnections: 8 });
  const rowsOf = async (table: string): Promise<unknown[]> =>
    (await sql<object>`select * from ${sql.table(table)}`.execute(db.kysely)).rows
      .map((row) => JSON.stringify(row))
      .toSorted();
  return {
    db,
    url: database.url,
    deskKey: publicKey,
    dump: async () => {
      const rows: Record<string, unknown[]> = {};
      for (const table of TABLES) rows[table] = await rowsOf(table);
      return rows;
    },
    lines: async (count) => {
      const rows = await db.kysely
        .selectFrom("history")
        .selectAll()
        .orderBy("revision", "desc")
        .orderBy("line", "desc")
        .limit(count)
        .execute();
      return rows.map(({ person, what, kind, subject, reason, old_value, new_value }) => ({
        person,
        what,
        kind,
        subject,
        reason,
        old: JSON.parse(old_value ?? "null"),
        new: JSON.parse(new_value ?? "null"),
      }));
    },
    revision: async () => {
      const row = await db.kysely.selectFrom("registry_revision").selectAll().executeTakeFirst();
      return Number(row!.revision);
    },
    close: async () => {
      await db.close();
      await database.drop();
    },
  };
}

const TABLES = [
  "registry_revision",
  "agency",
  "scope",
  "purpose",
  "purpose_scope",
  "system",
  "system_key",
  "system_redirect_uri",
  "person",
  "person_role",
  "role_proposal",
  "grant_",
  "grant_scope",
  "amendment",
  "amendment_scope",
  "registered_operation",
  "grant_operation",
  "suspension",
  "history",
];

/** What is asked for where a test says nothing else: scopes of both owners, for a year. */
export function requestOf(changes: Partial<GrantRequest> = {}): GrantRequest {
  return {
    system: "desk",
    purpose: "SALE",
    scopes: ["people:name", "land:plot"],
    validUntil: "2027-11-22",
    ...changes,
  };
}

/** The clerk asks, as {@link requestOf} says. @returns the grant's id */
export async function askFor(
  { db }: TestRegistry,
  changes: Partial<GrantRequest> = {},
): Promise<string> {
  return await requestGrant(db, by("clerk"), requestOf(changes));
}

/** What somebody decides on, of whatever is asked for at the moment. */
type OpenDecision = Omit<ScopeDecision, "request">;

/** An owner's administrator approves scopes of the request that is open at the moment. */
export async function approveOpen(
  db: Database,
  order: ChangeOrder,
  decision: OpenDecision,
): Promise<void> {
  const request = await openRequestOf(db, decision.grant);
  await approveScopes(db, order, { ...decision, request });
}

/** The same, refusing them. */
export async function rejectOpen(
  db: Database,
  order: ChangeOrder,
  decision: OpenDecision,
): Promise<void> {
  const request = await openRequestOf(db, decision.grant);
  await rejectScopes(db, order, { ...decision, request });
}

/** The id of a grant's open amendment; the grant's own, which is its first request's, where there is none. */
export async function openRequestOf(db: Database, grant: string): Promise<string> {
  const row = await tablesOf(db)
    .selectFrom("amendment")
    .select("id")
    .where("grant_id", "=", grant)
    .where("open", "=", 1)
    .executeTakeFirst();
  return row?.id ?? grant;
}

/**
 * Two owners (`people-office`, `land-office`), an agency that asks (`bureau`) with two systems, and one that has nothing to
 * do with them. `head-people` and `head-land` decide, `clerk` asks, `both` might do either.
 */
function platformOf(key: PublicSystemKey): PlatformDefinition {
  return {
    agencies: [
      { id: "people-office", name: "People Office" },
      { id: "land-office", name: "Land Office" },
      { id: "bureau", name: "Bureau" },
      { id: "elsewhere", name: "Elsewhere" },
      { id: "operator", name: "Operator" },
    ],
    scopes: [
      { name: "people:name", owner: "people-office", description: "What somebody is called." },
      { name: "people:home", owner: "people-office", description: "Where somebody lives." },
      { name: "land:plot", owner: "land-office", description: "Plots." },
      { name: "land:debt", owner: "land-office", description: "What burdens a plot." },
      { name: "platform:grants", owner: "operator", description: "The registry." },
    ],
    purposes: [
      {
        code: "SALE",
        text: "Selling plots.",
        legalBasis: "The law on plots",
        ceiling: ["people:name", "people:home", "land:plot"],
      },
      {
        code: "CENSUS",
        text: "Counting people.",
        legalBasis: "The law on counting",
        ceiling: ["people:name"],
        disclosureDelayDays: 30,
      },
    ],
    systems: [
      { id: "desk", name: "Desk", agency: "bureau", keys: [key] },
      { id: "counter", name: "Counter", agency: "bureau", keys: [] },
      { id: "stranger-desk", name: "Desk elsewhere", agency: "elsewhere", keys: [] },
    ],
    people: [
      { id: "op", name: "Operator", roles: [{ role: "operator" }] },
      { id: "op-2", name: "Other operator", roles: [{ role: "operator" }] },
      { id: "auditor", name: "Auditor", roles: [{ role: "auditor" }] },
      {
        id: "head-people",
        name: "Head of People",
        roles: [{ role: "owner-admin", agency: "people-office" }],
      },
      {
        id: "head-land",
        name: "Head of Land",
        roles: [{ role: "owner-admin", agency: "land-office" }],
      },
      { id: "clerk", name: "Clerk", roles: [{ role: "agency-admin", agency: "bureau" }] },
      {
        id: "stranger",
        name: "Stranger",
        roles: [
          { role: "agency-admin", agency: "elsewhere" },
          { role: "owner-admin", agency: "elsewhere" },
        ],
      },
      {
        id: "both",
        name: "Both",
        roles: [
          { role: "agency-admin", agency: "bureau" },
          { role: "owner-admin", agency: "people-office" },
        ],
      },
      { id: "citizen", name: "Citizen", roles: [{ role: "citizen" }], pin: "901190000001" },
    ],
    grants: [],
  };
}
