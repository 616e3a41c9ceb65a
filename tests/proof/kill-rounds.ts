import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { execute, parse } from "graphql";
import { AuditProcess } from "../harness/audit-process.ts";
import { KillablePostgres } from "../harness/killable-postgres.ts";
import { RouterSetup } from "../harness/router-process.ts";
import type { ServiceProcess } from "../harness/service-process.ts";
import { executableSchema } from "../harness/stub-federation.ts";
import { composeSupergraph } from "../harness/test-router.ts";
import { expectedPseudonym, keptRecords } from "./kept-records.ts";
import { seeded } from "../harness/seeded.ts";

/** Which process dies. */
export type Victim = "router" | "database" | "audit";

export interface KillReport {
  readonly seed: number;
  readonly kills: Readonly<Record<Victim, number>>;
  /** Answers with personal data that clients received, all of them on record. */
  readonly answered: number;
  /** Requests answered 503 because they could not be put on record. */
  readonly refused: number;
  /** Records in the log at the end, every one in its tree. */
  readonly logged: number;
}

const CLIENTS = 6;
const PATIENCE_MS = 30_000;
const SCHEMA = /* GraphQL */ `
  extend schema
    @link(
      url: "https://specs.apollo.dev/federation/v2.9"
      import: ["@key", "@composeDirective", "@authenticated"]
    )
    @link(url: "https://truc.vn/spec/access/v1.0", import: ["@data", "@subject", "DataClass"])
    @composeDirective(name: "@data")
    @composeDirective(name: "@subject")
  enum DataClass {
    PUBLIC
    BASIC
    SENSITIVE
  }
  directive @data(class: DataClass!) on FIELD_DEFINITION
  directive @subject(path: String!) repeatable on OBJECT
  type Query {
    citizen(id: ID!): Citizen @authenticated @data(class: PUBLIC)
  }
  type Citizen @key(fields: "id") @subject(path: "id") {
    id: ID! @authenticated @data(class: BASIC)
    name: String @authenticated @data(class: BASIC)
  }
`;
const QUERY = "query ($id: ID!) { citizen(id: $id) { name } }";

/**
 * Kills a process under load, at a random moment, starts it again and goes on, so many times; after each it compares
 * what clients received with what is on record. Every process is one of its own.
 * @param victims who dies in which round, over and over
 * @throws Error naming what was answered and is not on record, or what broke
 */
export async function killRounds(options: {
  rounds: number;
  seed: number;
  victims: readonly Victim[];
  say?: (line: string) => void;
}): Promise<KillReport> {
  const { rounds, seed, victims, say = () => {} } = options;
  const random = seeded(seed);
  const site = await Site.open(random);
  const kills: Record<Victim, number> = { router: 0, database: 0, audit: 0 };
  try {
    for (let round = 0; round < rounds; round += 1) {
      const victim = victims[round % victims.length]!;
      await site.killUnderLoad(victim, 20 + Math.floor(random() * 150));
      kills[victim] += 1;
      await site.compare();
      say(`${round + 1}: ${victim} killed, ${site.received.size} answers so far, all on record`);
    }
    const logged = await site.untilLogged();
    const { received, refused } = site;
    return { seed, kills, answered: received.size, refused, logged };
  } finally {
    await site.close();
  }
}

/** A register, an audit database, the audit process, a router, and clients. */
class Site {
  /** Answers with data: request id → whose. */
  readonly received = new Map<string, string>();
  refused = 0;
  readonly #random: () => number;
  readonly #register: Server;
  readonly #postgres: KillablePostgres;
  readonly #audit: AuditProcess;
  readonly #setup: RouterSetup;
  #router: ServiceProcess;
  #url = "";

  private constructor(
    random: () => number,
    parts: {
      register: Server;
      postgres: KillablePostgres;
      audit: AuditProcess;
      setup: RouterSetup;
    },
  ) {
    this.#random = random;
    this.#register = parts.register;
    this.#postgres = parts.postgres;
    this.#audit = parts.audit;
    this.#setup = parts.setup;
    this.#router = this.#startRouter();
  }

  static async open(random: () => number): Promise<Site> {
    const register = await startRegister();
    const postgres = await KillablePostgres.start();
    const audit = await AuditProcess.start({ postgresUrl: postgres.adminUrl });
    const { port } = register.address() as AddressInfo;
    const supergraph = composeSupergraph([
      { name: "people", url: `http://127.0.0.1:${port}/graphql`, schema: SCHEMA },
    ]);
    const setup = await RouterSetup.make(supergraph);
    const site = new Site(random, { register, postgres, audit, setup });
    site.#url = await site.#router.ready();
    await site.#untilAnswered();
    return site;
  }

  /** Lets clients ask until so many more were answered, kills, starts again, and waits until somebody is answered. */
  async killUnderLoad(victim: Victim, answers: number): Promise<void> {
    const enough = this.received.size + answers;
    let killed: Promise<unknown> | undefined;
    const deadline = Date.now() + PATIENCE_MS;
    const client = async (): Promise<void> => {
      while (killed === undefined) {
        if (Date.now() > deadline) throw new Error("clients are not answered");
        await this.#ask();
        // Some moments later the others are anywhere between their stages, and the database within a commit or not.
        if (this.received.size >= enough)
          killed ??= pause(this.#random() * 20).then(async () => await this.#kill(victim));
      }
      // What is under way meanwhile may be answered or not; what is answered counts.
      for (let more = 0; more < 5; more += 1) await this.#ask();
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    await killed;
    if (victim === "database") await this.#postgres.restart();
    if (victim === "audit") await this.#audit.restart();
    if (victim === "router") {
      this.#router = this.#startRouter();
      this.#url = await this.#router.ready();
    }
    await this.#untilAnswered();
  }

  /** @throws Error naming a request that was answered and is not on record as it should be */
  async compare(): Promise<void> {
    const kept = await keptRecords(this.#audit.databaseUrl);
    const root = Buffer.from(readFileSync(this.#audit.keyFiles.root, "utf8").trim(), "base64url");
    for (const [id, pin] of this.received) {
      const record = kept.get(id);
      if (record === undefined) throw new Error(`request ${id} was answered and is not on record`);
      const pseudonym = expectedPseudonym(root, record.time, "Citizen", pin);
      if (record.outcome !== "answered" || record.subjects["Citizen"]?.join() !== pseudonym)
        throw new Error(`request ${id} is not on record as what it was answered`);
    }
  }

  /** Waits until the audit process has every record in its tree. @returns how many there are */
  async untilLogged(): Promise<number> {
    const { size } = await keptRecords(this.#audit.databaseUrl);
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const note = await fetch(`${this.#audit.origin}/checkpoint`).then(
        async (r) => await r.text(),
      );
      const logged = Number(note.split("\n")[1]);
      if (logged === size) return size;
      if (Date.now() > deadline)
        throw new Error(
          `the log holds ${logged} of ${size} records: ${note}\n${this.#audit.log.slice(-3_000)}`,
        );
      await pause(100);
    }
  }

  async close(): Promise<void> {
    await this.#router.signal("SIGTERM");
    await this.#setup.stop();
    await this.#audit.stop().catch(() => {});
    await this.#postgres.stop();
    this.#register.closeAllConnections();
    await new Promise((resolve) => this.#register.close(resolve));
  }

  #startRouter(): ServiceProcess {
    return this.#setup.start(this.#audit.routerSettings);
  }

  async #kill(victim: Victim): Promise<unknown> {
    if (victim === "database") return await this.#postgres.kill();
    if (victim === "audit") return await this.#audit.kill();
    return await this.#router.signal("SIGKILL");
  }

  async #ask(): Promise<boolean> {
    const pin = `9011${String(Math.floor(this.#random() * 1e8)).padStart(8, "0")}`;
    const body = JSON.stringify({ query: QUERY, variables: { id: pin } });
    const answer = await this.#setup.ask(this.#url, "", { body }).catch(() => undefined);
    if (answer?.status === 503) this.refused += 1;
    if (answer?.status !== 200) {
      await pause(5);
      return false;
    }
    if (JSON.stringify(answer.body).includes(`{"data":{"citizen":{"name":"N${pin}"}}`)) {
      this.received.set(answer.id, pin);
      return true;
    }
    throw new Error(`an answer that was not asked for: ${JSON.stringify(answer.body)}`);
  }

  async #untilAnswered(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await this.#ask())) {
      if (Date.now() > deadline)
        throw new Error(`nobody is answered any more\n${this.#router.stdout.slice(0, 3_000)}`);
      await pause(50);
    }
  }
}

/** A register that knows everybody. */
async function startRegister(): Promise<Server> {
  const schema = executableSchema(SCHEMA);
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { query, variables } = JSON.parse(body) as { query: string; variables: object };
      const result = execute({
        schema,
        document: parse(query),
        variableValues: variables as Record<string, unknown>,
        rootValue: {},
        fieldResolver: (object: Record<string, unknown>, args, _context, info) =>
          info.fieldName === "citizen"
            ? { __typename: "Citizen", id: args["id"], name: `N${args["id"]}` }
            : object[info.fieldName],
      });
      response.setHeader("content-type", "application/json").end(JSON.stringify(result));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
