import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Limits, UNLIMITED } from "@truc/contracts";
import { type RecordBatch, type RecordStore, routerWith } from "@truc/router";
import { createLog, readSettings } from "@truc/service";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Issuer } from "../harness/issuer.ts";
import type { Recorded } from "../harness/recorded.ts";
import { RecordingSubgraphs } from "../harness/recording-subgraphs.ts";
import { SHIPS_AND_SAILORS } from "../harness/ships-and-sailors.ts";
import { StubFederation } from "../harness/stub-federation.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, type GraphqlAnswer, TestRouter } from "../harness/test-router.ts";

const ROOT = randomBytes(32);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let directory: string;
let AUDIT_KEY: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "truc-records-"));
  AUDIT_KEY = join(directory, "audit-key");
  writeFileSync(AUDIT_KEY, ROOT.toString("base64url"), { mode: 0o600 });
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What stands on record for a text, worked out from the root key by its description alone. */
function onRecord(use: "pseudonyms" | "digests", { time }: Recorded, text: string): string {
  const month = new Date(time).toISOString().slice(0, 7);
  const key = Buffer.from(hkdfSync("sha256", ROOT, "", `truc audit ${use} ${month}`, 32));
  return createHmac("sha256", key).update(text).digest().subarray(0, 16).toString("base64url");
}

const idOf = ({ headers }: GraphqlAnswer): string => headers.get("x-request-id") ?? "";

const SCHEMA = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes", "@composeDirective"])
  @link(url: "https://truc.vn/spec/access/v1.0", import: ["@data", "@subject", "DataClass"])
  @composeDirective(name: "@data") @composeDirective(name: "@subject")
  enum DataClass { PUBLIC BASIC SENSITIVE }
  directive @data(class: DataClass!) on FIELD_DEFINITION
  directive @subject(path: String!) repeatable on OBJECT
  type Query { citizen(id: ID!): Citizen  citizens: [Citizen!] }
  type Citizen @key(fields: "id") @subject(path: "id") {
    id: ID! @data(class: BASIC) @requiresScopes(scopes: [["id"]])
    name: String @data(class: BASIC)
    wage: Int @data(class: SENSITIVE) @requiresScopes(scopes: [["wage"]])
    town: String @data(class: PUBLIC)
  }`;
const PINS = Array.from({ length: 10_500 }, (_, n) => `0792${String(n * 7_919).padStart(8, "0")}`);
const citizen = (id: string) => ({ __typename: "Citizen", id, name: "An", wage: 7, town: "Huế" });

describe("a record", () => {
  let federation: StubFederation;
  beforeAll(async () => {
    const resolvers = {
      "Query.citizen": (_: unknown, { id }: { id?: string }) =>
        id === "none" ? null : citizen(id!),
      "Query.citizens": PINS.map(citizen),
    };
    federation = await StubFederation.start(
      { people: { schema: SCHEMA, resolvers } },
      { AUDIT_KEY },
    );
  });
  afterAll(async () => await federation.stop());
  const last = (): Recorded => federation.router.records().at(-1)!;

  test("says who asked for which fields of whom, and why, with no word of it in clear", async () => {
    const query = "query Q($pin: ID!) { citizen(id: $pin) { name town wage } }";
    const variables = { pin: PINS[0]! };
    const asked = Date.now();
    const answer = await federation.router.ask(query, { variables, scopes: ["wage"] });
    expect(answer.body).toEqual({ data: { citizen: { name: "An", town: "Huế", wage: 7 } } });
    const record = last();
    expect(record).toEqual({
      id: idOf(answer),
      part: undefined,
      time: expect.any(Number),
      ms: expect.any(Number),
      clockBack: undefined,
      context: expect.any(String),
      system: "test-system",
      agency: "test-agency",
      purpose: "TEST",
      legalBasis: null,
      grant: null,
      disclosureDelayDays: 0,
      operationName: null,
      fields: {
        PUBLIC: ["Citizen.town"],
        BASIC: ["Citizen.name"],
        SENSITIVE: ["Citizen.wage"],
      },
      refused: [],
      decision: "allowed",
      person: "pairwise-subject",
      actor: undefined,
      case: undefined,
      operation: onRecord("digests", record, query),
      variables: onRecord("digests", record, JSON.stringify(variables)),
      outcome: "answered",
      code: undefined,
      asked: { people: 1 },
      failed: undefined,
      bytes: Number(answer.headers.get("content-length")),
      objects: 1,
      subjects: { Citizen: [onRecord("pseudonyms", record, `Citizen:${PINS[0]}`)] },
      receipt: undefined,
      salt: expect.any(String),
      router: expect.stringMatching(UUID),
      sequence: 1,
    });
    expect(record.time).toBeGreaterThanOrEqual(asked);
    expect(record.time + record.ms).toBeLessThanOrEqual(Date.now());
  });

  test("names what was refused by its coordinate, and nobody where nobody was found", async () => {
    await federation.router.ask('{ a: citizen(id: "none") { pay: wage more: wage id name } }');
    expect(last()).toMatchObject({
      decision: "filtered",
      refused: ["Citizen.id", "Citizen.wage"],
      fields: { PUBLIC: [], BASIC: ["Citizen.name"], SENSITIVE: [] },
      outcome: "partial",
      code: "UNAUTHORIZED_FIELD_OR_TYPE",
      asked: { people: 1 },
      variables: undefined,
      objects: undefined,
      subjects: undefined,
    });
  });

  test("of more than ten thousand citizens is split, and leaves none out", async () => {
    const before = federation.router.records().length;
    const answer = await federation.router.ask("{ citizens { town } }");
    expect((answer.body.data!["citizens"] as unknown[]).length).toBe(PINS.length);
    const records = federation.router.records().slice(before);
    expect(records.map(({ part }) => part)).toEqual(
      Array.from({ length: 11 }, (_, index) => [index + 1, 11]),
    );
    expect(new Set(records.map(({ id }) => id))).toEqual(new Set([idOf(answer)]));
    const named = new Set(records.flatMap(({ subjects }) => subjects!["Citizen"]!));
    expect(named).toEqual(
      new Set(PINS.map((pin) => onRecord("pseudonyms", records[0]!, `Citizen:${pin}`))),
    );
    expect(records.map(({ objects }) => objects)).toEqual([
      PINS.length,
      ...Array.from({ length: 10 }, () => undefined),
    ]);
  });

  test("holds no number of anybody, wherever a request had it", async () => {
    const pin = PINS[1]!;
    for (const query of [
      `{ citizen(id: "${pin}") { name } }`,
      `query n${pin} { a${pin}: citizen(id: "${pin}") { n${pin}: name w${pin}: wage } }`,
      `# ${pin}\n{ citizen(id: "${pin}") { town } }`,
      `query ($v${pin}: ID!) { citizen(id: $v${pin}) { name } }`,
    ])
      await federation.router.ask(query, { variables: { [`v${pin}`]: pin } });
    const text = JSON.stringify(federation.router.records());
    expect(PINS.filter((each) => text.includes(each))).toEqual([]);
  });
});

describe("what subgraphs are told", () => {
  const SETS = {
    subjectSets: {
      subgraph: "crews",
      operation: "query ($citizen: String!) { sets(citizen: $citizen) { household wards } }",
      scopes: ["crews:kin"],
      entity: "Sailor",
    },
  };
  const LIMITS: Limits = { ...UNLIMITED, subjects: "household" };
  const QUERY = "{ sailor(id: 1) { name wage } }";
  let authority: TestAuthority;
  let system: TestSystem;
  let world: RecordingSubgraphs;
  let router: TestRouter;
  let people = 0;

  beforeAll(async () => {
    authority = await TestAuthority.start();
    system = await authority.system("harbour");
    authority.grant("harbour", "VOYAGE", { limits: LIMITS });
    authority.change(({ purposes }) => ({
      purposes: purposes.map((each) => ({ ...each, disclosureDelayDays: 90 })),
    }));
    world = await RecordingSubgraphs.start(SHIPS_AND_SAILORS, SETS);
    router = await TestRouter.start(
      composeSupergraph(world.subgraphs),
      { ...world.settings, AUDIT_KEY },
      authority,
    );
  });
  beforeEach(() => void world.take());
  afterAll(async () => {
    await router.stop();
    await world.stop();
    await authority.stop();
  });

  /** Asks as somebody whom nobody has asked for yet, whose records are her own and her household's. */
  async function askAsNew(): Promise<GraphqlAnswer & { pin: string }> {
    people += 1;
    const pin = `90${people}`;
    authority.people.set(`person-${people}`, { pin, status: "active" });
    const token = await authority.token(system, { purpose: "VOYAGE", sub: `person-${people}` });
    return { ...(await router.ask(QUERY, { token })), pin };
  }

  test("stands on record by the same names: the request's id, its operation's digest, how often who was asked", async () => {
    const answer = await askAsNew();
    const record = router.records().at(-1)!;
    const told = world.take().filter(({ permit }) => permit.system === "harbour");
    expect(told.map(({ subgraph }) => subgraph)).toEqual(["crews", "wages"]);
    for (const { request } of told)
      expect(request.extensions).toMatchObject({
        requestId: record.id,
        operationDigest: record.operation,
      });
    expect(record).toMatchObject({
      id: idOf(answer),
      operation: onRecord("digests", record, QUERY),
      asked: { crews: 1, wages: 1 },
      legalBasis: "Act on VOYAGE",
      grant: "harbour/VOYAGE",
      disclosureDelayDays: 90,
    });
  });

  test("whose records belong to whom is asked on a record of its own, under the caller's id", async () => {
    const before = router.records().length;
    const answer = await askAsNew();
    const [own, callers, ...others] = router.records().slice(before);
    expect(others).toEqual([]);
    expect([own?.id, callers?.id]).toEqual([idOf(answer), idOf(answer)]);
    const asked = world.take().find(({ permit }) => permit.system === "router");
    expect(asked?.request.extensions).toMatchObject({
      requestId: own!.id,
      operationDigest: own!.operation,
    });
    const { pin } = answer;
    expect(own).toMatchObject({
      system: "router",
      agency: null,
      purpose: "SUBJECT_SETS",
      grant: null,
      decision: "allowed",
      outcome: "answered",
      operation: onRecord("digests", own!, SETS.subjectSets.operation),
      asked: { crews: 1 },
      failed: undefined,
      objects: 1,
      subjects: {
        Sailor: [pin, `${pin}-spouse`, `${pin}-child`].map((key) =>
          onRecord("pseudonyms", own!, `Sailor:${key}`),
        ),
      },
    });
    expect(callers).toMatchObject({ system: "harbour", purpose: "VOYAGE" });
  });

  test("nobody's household is used that could not be put on record as read", async () => {
    const other = await TestRouter.start(
      composeSupergraph(world.subgraphs),
      world.settings,
      authority,
    );
    const journal = join(other.directory, "journal");
    renameSync(journal, `${journal}-away`);
    writeFileSync(journal, "");
    try {
      authority.people.set("somebody", { pin: "90", status: "active" });
      const token = await authority.token(system, { purpose: "VOYAGE", sub: "somebody" });
      const answer = await other.ask(QUERY, { token });
      expect([answer.status, answer.body.errors?.[0]?.extensions["code"]]).toEqual([
        503,
        "AUDIT_UNAVAILABLE",
      ]);
      // Nothing but the household was asked for.
      expect(world.take().map(({ permit }) => permit.system)).toEqual(["router"]);
      // From now on not even that.
      authority.people.set("somebody-else", { pin: "91", status: "active" });
      const claims = { purpose: "VOYAGE", sub: "somebody-else" };
      const next = await other.ask(QUERY, { token: await authority.token(system, claims) });
      expect(next.body.errors?.[0]?.extensions["code"]).toBe("AUDIT_UNAVAILABLE");
      expect(world.take()).toEqual([]);
      rmSync(journal);
      renameSync(`${journal}-away`, journal);
      await vi.waitFor(() => expect(other.records()).toHaveLength(1), 10_000);
      expect(other.records()[0]).toMatchObject({ id: idOf(answer), system: "router" });
    } finally {
      await other.stop();
    }
  });

  test("a register that does not answer is on record as asked in vain", async () => {
    const before = router.records().length;
    await world.down("crews");
    await askAsNew();
    const [own, callers] = router.records().slice(before);
    expect(own).toMatchObject({
      system: "router",
      outcome: "failed",
      code: "REGISTER_UNAVAILABLE",
      asked: { crews: 1 },
      failed: { crews: 1 },
    });
    expect(callers).toMatchObject({
      outcome: "partial",
      asked: { crews: 1 },
      failed: { crews: 1 },
    });
  });
});

describe("counted instead of recorded are", () => {
  let federation: StubFederation;
  beforeEach(async () => {
    const subgraph = { schema: SCHEMA, resolvers: { "Query.citizens": [] } };
    federation = await StubFederation.start(
      { people: subgraph },
      { AUDIT_KEY, UNAUTHORIZED: "reject", MAX_REQUESTS: "2" },
    );
  });
  afterEach(async () => await federation.stop());
  const post = async (headers: Record<string, string>, body: string): Promise<number> => {
    const all = { "content-type": "application/json", ...headers };
    return (await fetch(federation.router.url, { method: "POST", headers: all, body })).status;
  };
  /** What has been counted, without minutes and routers; ends the router. */
  async function counted(): Promise<string[]> {
    const counts = await federation.router.stop();
    return counts.map(({ source, code, count }) => `${source} ${code} ${count}`).toSorted();
  }
  function address(): string {
    const now = { time: Date.now() } as Recorded;
    return `address:${onRecord("pseudonyms", now, "address:127.0.0.1")}`;
  }

  test("requests without a good token, by the sender's address; malformed ones, by their system", async () => {
    const query = JSON.stringify({ query: "{ citizens { town } }" });
    expect(await post({}, query)).toBe(401);
    expect(await post({}, query)).toBe(401);
    expect(await post({ authorization: "Bearer nonsense" }, query)).toBe(401);
    const token = await federation.router.issuer.token();
    const authorization = `Bearer ${token}`;
    expect(await post({ authorization }, JSON.stringify({ query: "{" }))).toBe(400);
    expect(await post({ authorization }, JSON.stringify({ query: "{ nothing }" }))).toBe(400);
    expect(await post({ authorization }, JSON.stringify({}))).toBe(400);
    expect(federation.router.records()).toEqual([]);
    const from = address();
    expect(await counted()).toEqual(
      [
        `${from} TOKEN_INVALID 1`,
        `${from} TOKEN_MISSING 2`,
        "system:test-system BAD_REQUEST 1",
        "system:test-system GRAPHQL_PARSE_FAILED 1",
        "system:test-system GRAPHQL_VALIDATION_FAILED 1",
      ].toSorted(),
    );
  });

  test("what is no request that could be read, by the sender's address", async () => {
    expect(await post({}, '{"query": "')).toBe(400);
    expect(await post({ "content-type": "application/xml" }, "<query/>")).toBe(415);
    expect(await post({ "content-encoding": "gzip" }, "{}")).toBe(415);
    expect(await post({}, JSON.stringify({ query: " ".repeat(1024 * 1024) }))).toBe(413);
    const health = await fetch(new URL("/health/nothing", federation.router.url));
    expect(health.status).toBe(404);
    const from = address();
    expect(await counted()).toEqual([
      `${from} BAD_REQUEST 1`,
      `${from} READ_BODY_TOO_LARGE 1`,
      `${from} READ_MEDIA_TYPE 2`,
    ]);
  });

  test("those for which there is no room", async () => {
    const { router, fetches } = federation;
    const release = federation.hold();
    const held = [1, 2].map(async () => await router.ask("{ citizens { town } }"));
    await vi.waitFor(() => expect(fetches).toHaveLength(2), 10_000);
    expect((await router.ask("{ citizens { town } }")).status).toBe(503);
    release();
    await Promise.all(held);
    expect(router.records()).toHaveLength(2);
    expect(await counted()).toEqual(["system:test-system OVERLOADED 1"]);
  });

  test("those of a system that is refused more often than a thousand times a minute", async () => {
    const { router } = federation;
    const token = await router.issuer.token();
    const other = await router.issuer.token({ client_id: "other-system" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    try {
      for (let left = 1_010; left > 0; left -= 2)
        await Promise.all(
          [1, 2].map(async () => await router.ask("{ citizens { id } }", { token })),
        );
      await router.ask("{ citizens { id } }", { token: other });
      await router.ask("{ citizens { town } }", { token });
    } finally {
      vi.useRealTimers();
    }
    const records = router.records();
    const refused = records.filter(({ decision }) => decision === "refused");
    expect(refused.map(({ code }) => code)).toEqual(
      Array.from({ length: 1_001 }, () => "AUTHORIZE_SCOPE_MISSING"),
    );
    expect(refused.at(-1)?.system).toBe("other-system");
    // What is answered is on record, always.
    expect(records.at(-1)).toMatchObject({ system: "test-system", outcome: "answered" });
    expect(await counted()).toEqual(["system:test-system AUTHORIZE_SCOPE_MISSING 10"]);
  });
});

describe("code that starts a router", () => {
  const people = { schema: SCHEMA, resolvers: { "Query.citizens": [citizen("1")] } };

  /** A router whose journal's directory could not even be made. */
  async function startedWith(store: RecordStore | "none", supergraph: string) {
    const issuer = await Issuer.start();
    const file = join(directory, "supergraph.graphql");
    writeFileSync(file, supergraph);
    const router = routerWith({ store });
    const settings = readSettings(router.settings, {
      PORT: "0",
      SUPERGRAPH: file,
      TOKEN_ISSUER: issuer.url,
      TOKEN_AUDIENCE: issuer.audience,
      JWKS_URL: issuer.url,
      GRANTS: "token",
      AUDIT: "journal:/dev/null/none",
    });
    const running = await router.start(settings, {
      log: createLog({ name: "router", level: "silent" }),
    });
    const ask = async (): Promise<number> => {
      const headers = {
        "content-type": "application/json",
        authorization: `Bearer ${await issuer.token()}`,
      };
      const body = JSON.stringify({ query: "{ citizens { town } }" });
      return (await fetch(`${running.url}/graphql`, { method: "POST", headers, body })).status;
    };
    const stop = async (): Promise<void> => {
      await running.stop();
      await issuer.stop();
    };
    return { running, ask, stop };
  }

  test.each(["a store of its own", "none"])("has records go to %s", async (what) => {
    const federation = await StubFederation.start({ people });
    const text = readFileSync(join(federation.router.directory, "supergraph.graphql"), "utf8");
    const batches: RecordBatch[] = [];
    const own: RecordStore = {
      append: async (batch) => void batches.push(await Promise.resolve(batch)),
      appendRefusals: async () => await Promise.resolve(),
      ready: async () => await Promise.resolve(true),
      close: async () => await Promise.resolve(),
    };
    const { running, ask, stop } = await startedWith(what === "none" ? "none" : own, text);
    expect([await running.notReady(), await ask(), await ask()]).toEqual([[], 200, 200]);
    expect(batches.map(({ first, count }) => [first, count])).toEqual(
      what === "none"
        ? []
        : [
            [1, 1],
            [2, 1],
          ],
    );
    await stop();
    await federation.stop();
  });
});

test("a token that was revoked is on record with whose it was", async () => {
  const authority = await TestAuthority.start();
  const system = await authority.system("office");
  const world = await RecordingSubgraphs.start(SHIPS_AND_SAILORS);
  const router = await TestRouter.start(
    composeSupergraph(world.subgraphs),
    world.settings,
    authority,
  );
  try {
    const token = await authority.token(system, { purpose: "LAND", sub: "somebody" });
    authority.change(({ systems }) => ({
      systems: systems.map((each) => ({ ...each, status: "suspended" as const })),
    }));
    await vi.waitFor(
      async () => expect((await router.ask("{ payday }", { token })).status).toBe(401),
      10_000,
    );
    expect(router.records().at(-1)).toMatchObject({
      system: "office",
      agency: "office-agency",
      person: "somebody",
      decision: "refused",
      outcome: "refused",
      code: "TOKEN_REVOKED",
    });
  } finally {
    await router.stop();
    await world.stop();
    await authority.stop();
  }
});
