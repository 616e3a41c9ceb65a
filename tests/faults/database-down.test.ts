import { type Database, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { buildSchema, isNonNullType } from "graphql";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { makeCountry, samples } from "../../infra/src/country/country.ts";
import { CuttableProxy } from "../harness/cuttable-proxy.ts";
import { RegistersBehindProxies } from "../harness/registers-behind-proxies.ts";
import { type GraphqlAnswer, TestRouter } from "../harness/test-router.ts";

const country = makeCountry({ seed: 11, citizens: 200 });
const { citizen: pin } = samples(country);
const FETCH_DEADLINE_MS = "2500";
const PATIENCE = { timeout: 20_000, interval: 100 };

const QUERY = `query EverythingOf($pin: PersonalIdentificationNumber!) {
  citizen(id: $pin) {
    id
    fullName
    landRights(first: 5) { nodes { from parcel { id area } } }
    companies(first: 5) { nodes { role company { code name } } }
    insurance { socialInsuranceNumber }
    healthCards { number }
  }
  landRightsOf(citizen: $pin) { nodes { from nameOnCertificate citizen { id fullName } } }
  companiesOf(citizen: $pin, first: 5) { nodes { role company { name } } }
  insuranceOf(citizen: $pin) { socialInsuranceNumber }
}`;

let registers: RegistersBehindProxies;
let router: TestRouter;
let whole: Record<string, any>;

beforeAll(async () => {
  registers = await RegistersBehindProxies.start(country);
  router = await TestRouter.start(registers.supergraph, {
    ...registers.routerSettings,
    FETCH_DEADLINE_MS,
  });
  const { status, body } = await ask();
  expect([status, body.errors]).toEqual([200, undefined]);
  whole = body.data!;
});
afterEach(async () => {
  await registers.restoreAll();
  await vi.waitFor(async () => expect((await ask()).body).toEqual({ data: whole }), PATIENCE);
});
afterAll(async () => {
  await router?.stop();
  await registers?.stop();
});

async function ask(query = QUERY): Promise<GraphqlAnswer> {
  return await router.ask(query, { variables: { pin }, scopes: registers.scopes });
}

async function readinessOf(url: string): Promise<[number, unknown]> {
  const response = await fetch(new URL("/health/ready", url));
  return [response.status, await response.json()];
}

/** What went missing: for every error its path, as text, with everything the caller may act on. */
function outages({ body }: GraphqlAnswer): Record<string, unknown> {
  return Object.fromEntries(
    (body.errors ?? []).map(({ path, extensions }) => [(path as string[]).join("."), extensions]),
  );
}

/** Processes of the database server that wait for a lock. */
async function waitingAt({ url }: TestDatabase, administrator: Database): Promise<number[]> {
  const name = new URL(url).pathname.slice(1);
  const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
    where datname = ${name} and wait_event_type = 'Lock'`.execute(administrator.kysely);
  return rows.map(({ pid }) => pid);
}

function outage(register: string): object {
  return { code: "REGISTER_UNAVAILABLE", register, retry: true };
}

const LAND_OUTAGE = { "citizen.landRights": outage("land"), landRightsOf: outage("land") };

function withoutLand(): object {
  return { ...whole, citizen: { ...whole["citizen"], landRights: null }, landRightsOf: null };
}

test("every root can be null, so that a register's outage costs no other one its answer", () => {
  const root = buildSchema(registers.supergraph, { assumeValidSDL: true }).getQueryType()!;
  const fields = Object.values(root.getFields());
  expect(fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => name)).toEqual([]);
  expect(fields.length).toBeGreaterThan(20);
});

test("the whole answer comes out of all four registers", () => {
  expect(whole).toEqual({
    citizen: {
      id: pin,
      fullName: expect.stringMatching(/\S \S/),
      landRights: {
        nodes: expect.arrayContaining([expect.objectContaining({ parcel: expect.any(Object) })]),
      },
      companies: {
        nodes: expect.arrayContaining([expect.objectContaining({ company: expect.any(Object) })]),
      },
      insurance: { socialInsuranceNumber: expect.stringMatching(/^\d{10}$/) },
      healthCards: expect.arrayContaining([{ number: expect.stringMatching(/^[A-Z]{2}\d{13}$/) }]),
    },
    landRightsOf: {
      nodes: expect.arrayContaining([
        expect.objectContaining({ citizen: { id: pin, fullName: whole["citizen"].fullName } }),
      ]),
    },
    companiesOf: { nodes: expect.arrayContaining([expect.any(Object)]) },
    insuranceOf: whole["citizen"].insurance,
  });
});

describe("one register's database is down", () => {
  test("its fields are null with an error each, the others' data arrives; back with the database", async () => {
    await registers.of("land").wire.cut();
    for (let turn = 0; turn < 2; turn++) {
      const answer = await ask();
      expect(answer.status).toBe(200);
      expect(answer.body.data).toEqual(withoutLand());
      expect(outages(answer)).toEqual(LAND_OUTAGE);
      expect(answer.body.errors).toHaveLength(2);
    }
    await registers.of("land").wire.restore();
    await vi.waitFor(
      async () => expect((await readinessOf(registers.of("land").url))[0]).toBe(200),
      PATIENCE,
    );
    expect((await ask()).body).toEqual({ data: whole });
  });

  test("readiness names it: the register itself is not ready, the router is, without it", async () => {
    expect(await readinessOf(router.url)).toEqual([
      200,
      { ready: true, notReady: [], degraded: [] },
    ]);
    await registers.of("land").wire.cut();
    expect(await readinessOf(registers.of("land").url)).toEqual([
      503,
      { ready: false, notReady: ["database"], degraded: [] },
    ]);
    expect(await readinessOf(router.url)).toEqual([
      200,
      { ready: true, notReady: [], degraded: ["land"] },
    ]);
    await registers.of("land").wire.restore();
    await vi.waitFor(
      async () =>
        expect(await readinessOf(router.url)).toEqual([
          200,
          { ready: true, notReady: [], degraded: [] },
        ]),
      PATIENCE,
    );
  });

  test("what went missing is on record", async () => {
    await registers.of("land").wire.cut();
    const { headers } = await ask();
    const [record] = router.records().filter(({ id }) => id === headers.get("x-request-id"));
    expect(record).toMatchObject({
      decision: "allowed",
      outcome: "partial",
      code: "REGISTER_UNAVAILABLE",
      asked: {
        business: expect.any(Number),
        insurance: expect.any(Number),
        land: expect.any(Number),
        population: expect.any(Number),
      },
      // It did answer, that it cannot.
      failed: undefined,
    });
  });

  test("without the population register, the others answer through roots of their own", async () => {
    await registers.of("population").wire.cut();
    const answer = await ask();
    expect(answer.status).toBe(200);
    const nodes = whole["landRightsOf"].nodes as { citizen: object }[];
    expect(answer.body.data).toEqual({
      ...whole,
      citizen: null,
      landRightsOf: {
        nodes: nodes.map((node) => ({ ...node, citizen: { ...node.citizen, fullName: null } })),
      },
    });
    expect(outages(answer)).toEqual({
      citizen: outage("population"),
      ...Object.fromEntries(
        nodes.map((_, index) => [
          `landRightsOf.nodes.${index}.citizen.fullName`,
          outage("population"),
        ]),
      ),
    });
  });

  test.each([
    [
      "population",
      `query ($pin: PersonalIdentificationNumber!) { insuranceOf(citizen: $pin) { holder { id synthetic fullName healthCard { number } } } }`,
      ({ insuranceOf }: Record<string, any>) => insuranceOf.holder,
      ["synthetic", "fullName"],
    ],
    [
      "population",
      `query ($pin: PersonalIdentificationNumber!) { landRightsOf(citizen: $pin) { nodes { parcel { place { unit { code asOf name successors { code } } } } } } }`,
      ({ landRightsOf }: Record<string, any>) => landRightsOf.nodes[0].parcel.place.unit,
      ["name", "successors"],
    ],
    [
      "business",
      `query ($pin: PersonalIdentificationNumber!) { contributionsBy(citizen: $pin, first: 1) { nodes { employer { code name status contributions(first: 1) { nodes { from } } } } } }`,
      ({ contributionsBy }: Record<string, any>) => contributionsBy.nodes[0].employer,
      ["name", "status"],
    ],
  ])(
    "without %s, what others know of its entities stays: %s",
    async (register, query, entityOf, lost) => {
      const before = entityOf((await ask(query)).body.data!);
      expect(lost.filter((name) => before[name] === null)).toEqual([]);
      await registers.of(register).wire.cut();
      const after = entityOf((await ask(query)).body.data!);
      expect(after).toEqual({ ...before, ...Object.fromEntries(lost.map((name) => [name, null])) });
    },
  );

  test("all databases down: every root is null with its register's error", async () => {
    await registers.cutAll();
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({
      citizen: null,
      landRightsOf: null,
      companiesOf: null,
      insuranceOf: null,
    });
    expect(outages(answer)).toEqual({
      citizen: outage("population"),
      landRightsOf: outage("land"),
      companiesOf: outage("business"),
      insuranceOf: outage("insurance"),
    });
    expect(await readinessOf(router.url)).toEqual([
      200,
      { ready: true, notReady: [], degraded: ["business", "insurance", "land", "population"] },
    ]);
  });
});

test("the register's database process is killed in the middle of a statement", async () => {
  const { database } = registers.of("land");
  const administrator = openDatabase(database.url, { maxConnections: 2 });
  try {
    const answer = await administrator.kysely.transaction().execute(async (transaction) => {
      await sql`lock table right_holder in access exclusive mode`.execute(transaction);
      const asked = ask();
      await vi.waitFor(
        async () => expect(await waitingAt(database, administrator)).not.toEqual([]),
        PATIENCE,
      );
      // A fetch that asks again, or a second fetch of the same request, is ended as well.
      let done = false;
      const ended = asked.finally(() => (done = true));
      while (!done) {
        for (const pid of await waitingAt(database, administrator)) {
          await sql`select pg_terminate_backend(${sql.lit(pid)})`.execute(administrator.kysely);
        }
      }
      return await ended;
    });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual(withoutLand());
    expect(outages(answer)).toEqual(LAND_OUTAGE);
    expect((await ask()).body).toEqual({ data: whole });
  } finally {
    await administrator.close();
  }
});

test("the wire to the database breaks in the middle of a statement", async () => {
  const { wire, database } = registers.of("land");
  const administrator = openDatabase(database.url, { maxConnections: 2 });
  try {
    const answer = await administrator.kysely.transaction().execute(async (transaction) => {
      await sql`lock table right_holder in access exclusive mode`.execute(transaction);
      const asked = ask();
      await vi.waitFor(
        async () => expect(await waitingAt(database, administrator)).not.toEqual([]),
        PATIENCE,
      );
      await wire.cut();
      return await asked;
    });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual(withoutLand());
    expect(outages(answer)).toEqual(LAND_OUTAGE);
  } finally {
    await administrator.close();
  }
});

test("a database that hangs without answering costs its own register only", async () => {
  registers.of("land").wire.hold();
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(answer.body.data).toEqual(withoutLand());
  expect(outages(answer)).toEqual(LAND_OUTAGE);
  // The router's own words: it was the one to end the waiting, not the register.
  expect(answer.body.errors?.[0]?.message).toBe(
    'The register "land" did not answer: try again shortly.',
  );
  expect(await readinessOf(router.url)).toEqual([
    200,
    { ready: true, notReady: [], degraded: ["land"] },
  ]);
});

describe.each(databaseServers())("connections to $dialect that fall silent", (server) => {
  test("are given up after the statement's time, and the next statement has another", async () => {
    const database = await createTestDatabase(server);
    const wire = await CuttableProxy.start(database.url);
    const db = openDatabase(wire.url, { maxConnections: 1, statementTimeoutMs: 200 });
    try {
      const read = async (): Promise<string> =>
        await sql`select 1`.execute(db.kysely).then(
          () => "answered",
          () => "failed",
        );
      expect(await read()).toBe("answered");
      wire.hold();
      expect(await read()).toBe("failed");
      await wire.restore({ forget: true });
      expect(await read()).toBe("answered");
    } finally {
      await wire.cut();
      await db.close();
      await database.drop();
    }
  });
});
