import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { signPermit, UNLIMITED } from "@truc/contracts";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makeCountry, samples } from "../../infra/src/country/country.ts";
import { loader } from "../../infra/src/country/registers/population.ts";
import { loadCountry } from "../../infra/src/country/load.ts";
import { Heaps } from "../harness/heap.ts";
import { RouterSetup } from "../harness/router-process.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import { stubAnswers, type StubSubgraph } from "../harness/stub-federation.ts";
import { composeSupergraph } from "../harness/test-router.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const heaps = new Heaps();
afterAll(() => heaps.remove());

/** A text that stands nowhere else. */
const marker = (): string => `marker-${randomBytes(12).toString("hex")}`;

describe("a router that has answered", () => {
  /** What the subgraphs answer. */
  const values = { root: "", entity: "", early: "" };
  const subgraphs: Record<string, StubSubgraph> = {
    people: {
      schema: `${LINK} type Query { people: [Person!] person(id: ID!): Person motto: String } type Person @key(fields: "id") { id: ID! }`,
      resolvers: {
        "Query.people": [{ __typename: "Person", id: "1" }],
        "Query.person": (_: unknown, { id }: { id: string }) => ({ __typename: "Person", id }),
        "Query.motto": () => values.root,
      },
    },
    names: {
      schema: `${LINK} type Query { unused: Int } type Person @key(fields: "id") { id: ID! name: String nick: String }`,
      resolvers: { "Person.name": () => values.entity, "Person.nick": () => values.early },
    },
    /** Answers when it is let. */
    late: {
      schema: `${LINK} type Query { late: Int } type Person @key(fields: "id") { id: ID! late: Int }`,
      resolvers: { "Query.late": 1, "Person.late": 1 },
    },
  };
  const servers: Server[] = [];
  let open: (() => void) | undefined;
  /** What was asked, by the subgraph's name. */
  const asked: string[] = [];
  let gate: Promise<void> | undefined;
  let setup: RouterSetup;
  let router: ServiceProcess;
  let url: string;

  beforeAll(async () => {
    const listed = [];
    for (const [name, stub] of Object.entries(subgraphs)) {
      const answer = stubAnswers(stub);
      const server = createServer((request, response) => {
        let body = "";
        request.setEncoding("utf8").on("data", (text: string) => (body += text));
        request.on("end", () => {
          const { query, variables } = JSON.parse(body) as { query: string; variables: object };
          asked.push(name);
          const held = name === "late" ? gate : undefined;
          void Promise.resolve(held)
            .then(async () => await answer(query, variables as never))
            .then((result) =>
              response.setHeader("content-type", "application/json").end(JSON.stringify(result)),
            );
        });
      });
      servers.push(server);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      listed.push({ name, url: `http://127.0.0.1:${port}/graphql`, schema: stub.schema });
    }
    setup = await RouterSetup.make(composeSupergraph(listed));
    router = setup.start(
      { FETCH_DEADLINE_MS: "120000", REQUEST_DEADLINE_MS: "120000" },
      heaps.nodeOptions,
    );
    url = await router.ready();
  });
  afterAll(async () => {
    await router?.signal("SIGTERM");
    await setup?.stop();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  test("remembers nothing of what registers said", { timeout: 300_000 }, async () => {
    ({ promise: gate, resolve: open } = Promise.withResolvers<void>());
    Object.assign(values, { root: marker(), entity: marker(), early: marker() });
    const all = Object.values(values);
    const answer = setup.ask(url, '{ motto late people { name } person(id: "1") { nick } }');
    // The list's names, and the one person's, which is asked for early.
    await vi.waitFor(() => {
      expect(asked).toContain("late");
      expect(asked.filter((name) => name === "names")).toHaveLength(2);
    }, 30_000);
    // While it is being answered, what has come is there: so this is how it would be found.
    await vi.waitFor(
      async () => {
        const heap = await heaps.of(router);
        expect(all.filter((value) => heap.includes(value))).toEqual(all);
      },
      { timeout: 90_000, interval: 500 },
    );
    open();
    expect((await answer).body).toMatchObject({
      data: {
        motto: values.root,
        late: 1,
        people: [{ name: values.entity }],
        person: { nick: values.early },
      },
    });
    await vi.waitFor(
      async () => {
        // Connections hold what came over them last until something else comes.
        const [root, entity, early] = all;
        Object.assign(values, { root: "-", entity: "-", early: "-" });
        await setup.ask(url, '{ motto late people { name } person(id: "1") { nick } }');
        const heap = await heaps.of(router);
        expect([root, entity, early].filter((value) => heap.includes(value!))).toEqual([]);
      },
      { timeout: 90_000, interval: 500 },
    );
  });
});

describe("a register that has answered", () => {
  const country = makeCountry({ seed: 11, citizens: 100 });
  const { citizen: pin } = samples(country);
  const secrets = { keys: [{ kid: "test", secret: "S".repeat(43) }] };
  let setup: RouterSetup;
  let database: TestDatabase;
  let client: pg.Client;
  let register: ServiceProcess;
  let url: string;

  beforeAll(async () => {
    setup = await RouterSetup.make("");
    database = await createTestDatabase(databaseServers()[0]!);
    const file = join(setup.directory, "population.json");
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
    register = new ServiceProcess(
      "subgraphs/population",
      {
        PORT: "0",
        DATABASE_URL: database.url,
        PERMIT_SECRETS: file,
        JOURNAL: join(setup.directory, "population-journal"),
      },
      heaps.nodeOptions,
    );
    url = await register.ready();
    await loadCountry({
      country,
      registers: [{ name: "population", url: database.url, loader }],
    });
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await register?.signal("SIGTERM");
    await database?.drop();
    await setup?.stop();
  });

  async function nameOf(): Promise<unknown> {
    const now = Math.floor(Date.now() / 1_000);
    const permit = signPermit(
      {
        aud: "population",
        iat: now,
        exp: now + 60,
        scopes: ["population:identity"],
        limits: UNLIMITED,
        distance: 0,
        system: "test",
      },
      secrets,
    );
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        query: "query ($pin: PersonalIdentificationNumber!) { citizen(id: $pin) { id fullName } }",
        variables: { pin },
        extensions: { permit, requestId: "memory" },
      }),
    });
    const { data } = (await response.json()) as { data?: { citizen?: { fullName?: unknown } } };
    return data?.citizen?.fullName;
  }

  async function rename(name: string): Promise<void> {
    await client.query("update citizen set full_name = $1 where pin = $2", [name, pin]);
  }

  test(
    "gives what is in the database now, and remembers nothing of it",
    {
      timeout: 300_000,
    },
    async () => {
      const [first, second] = [marker(), marker()];
      await rename(first);
      expect(await nameOf()).toBe(first);
      await rename(second);
      expect(await nameOf()).toBe(second);
      await vi.waitFor(
        async () => {
          // Connections hold what came over them last until something else comes.
          await rename("-");
          expect(await nameOf()).toBe("-");
          const heap = await heaps.of(register);
          expect([first, second].filter((value) => heap.includes(value))).toEqual([]);
        },
        { timeout: 90_000, interval: 500 },
      );
    },
  );
});
