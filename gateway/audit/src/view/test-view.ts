import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { AuditContext, AuditRecord } from "@truc/contracts";
import { startSubgraph, type TestPermit, type TestSubgraph } from "@truc/service/testing";
import { sql } from "kysely";
import type { AuditLog } from "../log/audit-log.ts";
import {
  createAuditDatabase,
  openTestLog,
  type TestAuditDatabase,
} from "../log/testing/test-log.ts";
import { TestRouter } from "../log/testing/test-router.ts";
import { Postings } from "../postings/postings.ts";
import { auditSubgraph } from "../subgraph.ts";
import { readFieldRules } from "../usage/field-rules.ts";
import { readFieldWords } from "./field-words.ts";
import { viewResolvers } from "./view-resolvers.ts";

/** A supergraph as composition writes it: a register of people, one of boats, and one of harbours. */
export const SUPERGRAPH = `
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
  @link(url: "https://truc.vn/spec/access/v1.0", import: ["@data", { name: "@subject", as: "@whose" }])
{ query: Query }
enum join__Graph {
  PEOPLE @join__graph(name: "people", url: "")
  BOATS @join__graph(name: "boats", url: "")
  HARBOURS @join__graph(name: "harbours", url: "")
}
type Query @join__type(graph: PEOPLE) { citizen(id: ID!): Citizen @requiresScopes(scopes: [["people:names"]]) }
"A person."
type Citizen @whose(path: "id") @join__type(graph: PEOPLE, key: "id") @join__type(graph: BOATS, key: "id") {
  "The number."
  id: ID! @requiresScopes(scopes: [["people:names"]])
  """
  The full name,
  as it is spelt.
  """
  name: String @join__field(graph: PEOPLE) @requiresScopes(scopes: [["people:names"]])
  home: Home @join__field(graph: PEOPLE) @requiresScopes(scopes: [["people:homes"]])
  "The boats."
  boats: ShareConnection @join__field(graph: BOATS) @requiresScopes(scopes: [["boats:shares"]])
}
"Where somebody lives."
type Home implements Place @whose(path: "..") @join__type(graph: PEOPLE) { "The street." street: String @requiresScopes(scopes: [["people:homes"]]) }
interface Place @join__type(graph: PEOPLE) { street: String }
type ShareConnection @join__type(graph: BOATS) { nodes: [Share] }
"A share of a boat."
type Share @whose(path: "holder.id") @whose(path: "boat.plate") @join__type(graph: BOATS) {
  holder: Citizen
  boat: Boat
  "How large."
  size: Int @requiresScopes(scopes: [["boats:shares"]])
  deed: Deed
}
type Deed @whose(path: "..") @join__type(graph: BOATS) { number: String }
"A boat."
type Boat @whose(path: "plate") @join__type(graph: BOATS, key: "plate") @join__type(graph: HARBOURS, key: "plate", resolvable: false) {
  plate: ID!
  "The length."
  length: Int @join__field(graph: BOATS) @requiresScopes(scopes: [["boats:hull"]])
  engine: Engine @join__field(graph: BOATS)
}
type Engine @whose(path: "..") @join__type(graph: BOATS) { power: Int @requiresScopes(scopes: [["boats:hull"]]) }
"A harbour."
type Harbour @whose(path: "code") @join__type(graph: HARBOURS, key: "code") { code: ID! }
`;

/** Who holds which role, by the opaque id in a permit. */
const ROLES: Record<string, { role: string; agency: string | null }[]> = {
  "an-auditor": [{ role: "auditor", agency: null }],
  "an-operator": [{ role: "operator", agency: null }],
  "boats-owner": [{ role: "owner-admin", agency: "boat-office" }],
  "owner-of-nothing": [{ role: "owner-admin", agency: "ministry" }],
  "boats-admin": [{ role: "agency-admin", agency: "boat-office" }],
};
const SCOPES = [
  { name: "people:names", owner: "people-office" },
  { name: "people:homes", owner: "people-office" },
  { name: "boats:hull", owner: "boat-office" },
  { name: "boats:shares", owner: "boat-office" },
  { name: "harbours:all", owner: "harbour-office" },
];

/** What the registry says things are called. */
const NAMED = {
  agencies: [{ id: "tax", name: "Tax Department" }],
  systems: [{ id: "tax-desk", name: "Tax officers' desk" }],
  purposes: [{ code: "TAX", text: "Checking a tax return." }],
};

/** A log with what is seen of it, in a process of its own, under a clock that tests set. */
export interface TestView {
  readonly database: TestAuditDatabase;
  readonly subgraph: TestSubgraph;
  readonly log: AuditLog;
  readonly root: Buffer;
  /** Milliseconds since the epoch. */
  now: number;
  /** Whether the authority's registry can be asked. */
  authorityAnswers: boolean;
  /** Writes records in one batch, and orders them. */
  write(records: readonly Partial<AuditRecord>[], context?: Partial<AuditContext>): Promise<void>;
  /** Lets pass what only time brings about. */
  pass(ms: number): Promise<void>;
  pseudonym(type: string, key: string, time?: number): string;
  /** A page of somebody's own log. */
  accessLog(pin: string, args?: string, permit?: TestPermit): Promise<any>;
  /** A page of a search by somebody with a role. */
  auditRecords(args?: string, person?: string, selection?: string): Promise<any>;
  stop(): Promise<void>;
}

export const START = Date.UTC(2026, 10, 10, 8, 30);

export async function startView(): Promise<TestView> {
  const database = await createAuditDatabase();
  const root = randomBytes(32);
  const clock = { now: START };
  const authority = { answers: true };
  const now = (): Date => new Date(clock.now);
  const postings = new Postings({ db: database.db, maxRecords: 50 });
  const log = await openTestLog(database.db, { followers: [postings], now });
  const resolvers = viewResolvers({
    log,
    postings,
    root,
    authority: {
      registry: async () => {
        if (!authority.answers) throw new Error("the authority is down");
        return { scopes: SCOPES, ...NAMED };
      },
      rolesOf: async (subject) => ROLES[subject] ?? [],
    },
    rules: () => RULES,
    words: () => WORDS,
    retentionMonths: 24,
    now,
  });
  const subgraph = await startSubgraph(auditSubgraph([resolvers]), database.url);
  const router = new TestRouter(database.db.kysely, { now });
  return {
    database,
    subgraph,
    log,
    root,
    get now() {
      return clock.now;
    },
    set now(time) {
      clock.now = time;
    },
    get authorityAnswers() {
      return authority.answers;
    },
    set authorityAnswers(answers) {
      authority.answers = answers;
    },
    async write(records, context = {}) {
      await router.write(records, { legalBasis: "Article 1", ...context });
      await log.poll();
    },
    async pass(ms) {
      clock.now += ms;
      await log.followTime();
    },
    pseudonym: (type, key, time = clock.now) => pseudonym(root, type, key, time),
    accessLog: (pin, args = "", permit = { self: pin }) =>
      readAccessLog(subgraph, pin, args, permit),
    auditRecords: (args = "", person = "an-auditor", selection = "id") =>
      readRecords(subgraph, args, person, selection),
    async stop() {
      await subgraph.stop();
      await log.stop();
      await database.drop();
    },
  };
}

const RULES = readFieldRules(SUPERGRAPH);
const WORDS = readFieldWords(SUPERGRAPH);

/** As contracts say, written once more. */
function pseudonym(root: Buffer, type: string, key: string, time: number): string {
  const month = new Date(time).toISOString().slice(0, 7);
  const secret = Buffer.from(hkdfSync("sha256", root, "", `truc audit pseudonyms ${month}`, 32));
  return createHmac("sha256", secret)
    .update(`${type}:${key}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");
}

async function readAccessLog(
  subgraph: TestSubgraph,
  pin: string,
  args: string,
  permit: TestPermit,
): Promise<any> {
  const own = permit.self === undefined ? [] : [permit.self];
  const { data, errors } = await subgraph.query(
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Citizen { accessLog${args} {
      edges { cursor }
      nodes {
        readable readAt visibleSince agency agencyName system systemName purpose purposeText legalBasis byOfficer forCase byPerson
        registers read { type label fields { coordinate label dataClass } } outcome
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } } } }`,
    {
      variables: { of: [{ __typename: "Citizen", id: pin }] },
      pins: own,
      limits: { subjects: "self", search: false, linked: 3 },
      ...permit,
    },
  );
  return { ...data?._entities[0]?.accessLog, errors };
}

async function readRecords(
  subgraph: TestSubgraph,
  args: string,
  person: string,
  selection: string,
): Promise<any> {
  const { data, errors } = await subgraph.query(
    `{ auditRecords${args} {
      edges { cursor }
      nodes { ${selection} }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }`,
    { person },
  );
  return { ...data?.auditRecords, errors };
}

/** Makes the batch in which a position stands unreadable, as a worn disk would. */
export async function damage({ database, log }: TestView, position: number): Promise<void> {
  const entry = (await log.read([position])).get(position);
  if (entry === undefined || !("line" in entry)) throw new Error("there is no such entry");
  const { db } = database;
  await sql`alter table audit_batch disable trigger user`.execute(db.kysely);
  await sql`alter table audit_batch drop constraint if exists audit_batch_lines_counted`.execute(
    db.kysely,
  );
  await sql`update audit_batch set lines = decode(repeat('20', length(lines)), 'hex') where router = ${entry.router} and first = (
    select max(first) from audit_batch
    where router = ${entry.router} and first <= ${entry.sequence})`.execute(db.kysely);
  await sql`alter table audit_batch enable trigger user`.execute(db.kysely);
}
