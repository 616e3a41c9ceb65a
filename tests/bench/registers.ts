import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type PermitSecrets, signPermit, UNLIMITED } from "@truc/contracts";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
import pg from "pg";
import { makeCountry } from "../../infra/src/country/country.ts";
import { loadCountry } from "../../infra/src/country/load.ts";
import type { RegisterLoader } from "../../infra/src/country/model.ts";
import { ROOT } from "../../infra/src/federation.ts";
import { treeCpuMicros } from "./gateways/process-accounts.ts";
import { registerSchemas } from "./gateways/register-schemas.ts";

/*
 * CPU that the registers spend on what the router asks them for the operations of bench/peers, in Node and in the
 * database's processes for them, of several checkouts in turns over the same tables:
 *
 *   TRUC_TEST_POSTGRES_URL=… node tests/bench/registers.ts [--rounds 5] [--apollo DIR] [CHECKOUT…]
 *
 * `--apollo` names the folder of apollo-subgraphs.mjs beside its node_modules.
 */
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    operations: { type: "string", default: "1" },
    apollo: { type: "string" },
  },
});

const CITIZENS = 4_000;
const country = makeCountry({ seed: 5, citizens: CITIZENS });
const pins = [...country.blocks()].flatMap(({ people }) => people.map(({ pin }) => pin));

const entities = (fields: string): string =>
  `query($representations:[_Any!]!){_entities(representations:$representations){...on Citizen{${fields}}}}`;
const LINKED: Record<string, string> = {
  land: entities("landRights{nodes{parcel{id area}share{numerator denominator}}}"),
  business: entities("companies{nodes{role company{code name status}}}"),
  insurance: entities("healthCard{number paidPercent validFrom validTo firstClinic{name}}"),
};
const CITIZEN = "id fullName birthDate identityCard{number issued expires}";

interface Fetch {
  name: string;
  register: string;
  /** Operations of one HTTP request, where the party takes several. */
  batch: number;
  operation: () => { query: string; variables: Record<string, unknown> };
}

const some = (count: number): string[] =>
  Array.from({ length: count }, () => pins[Math.floor(Math.random() * pins.length)]!);
const representations = (count: number): Record<string, unknown> => ({
  representations: some(count).map((id) => ({ __typename: "Citizen", id })),
});
const BATCH_OF_SMALL = 16;
const BATCH_OF_LARGE = 4;
const FETCHES: Fetch[] = [
  {
    name: "op1",
    register: "population",
    batch: BATCH_OF_SMALL,
    operation: () => ({
      query:
        "query($id:PersonalIdentificationNumber!){citizen(id:$id){id fullName birthDate sex nationality}}",
      variables: { id: some(1)[0] },
    }),
  },
  {
    name: "op2",
    register: "population",
    batch: BATCH_OF_SMALL,
    operation: () => ({
      query: `query($id:PersonalIdentificationNumber!){citizen(id:$id){${CITIZEN}}}`,
      variables: { id: some(1)[0] },
    }),
  },
  ...Object.entries(LINKED).map(([register, query]) => ({
    name: "op2",
    register,
    batch: BATCH_OF_SMALL,
    operation: () => ({ query, variables: representations(1) }),
  })),
  {
    name: "op3",
    register: "population",
    batch: BATCH_OF_LARGE,
    operation: () => ({
      query: `query($ids:[PersonalIdentificationNumber!]!){citizens(ids:$ids){${CITIZEN}}}`,
      variables: { ids: some(50) },
    }),
  },
  ...Object.entries(LINKED).map(([register, query]) => ({
    name: "op3",
    register,
    batch: BATCH_OF_LARGE,
    operation: () => ({ query, variables: representations(50) }),
  })),
];

class Register {
  readonly child: ChildProcess;
  readonly url: Promise<string>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(file: string, environment: Record<string, string>) {
    this.child = spawn(
      process.execPath,
      [...(process.env["NODE_ARGUMENTS"]?.split(" ") ?? []), file],
      {
        env: { PATH: process.env["PATH"], ...environment },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let text = "";
    this.url = new Promise((resolve, reject) => {
      const look = (chunk: Buffer): void => {
        text += String(chunk);
        const found = /"url":"([^"]+)".*"ready"/.exec(text)?.[1];
        const plain = /^(http\S+)$/m.exec(text)?.[1];
        if (found === undefined && plain === undefined) return;
        this.child.stdout!.off("data", look).resume();
        resolve(plain ?? `${found}/graphql`);
      };
      this.child.stdout!.on("data", look);
      this.child.once("exit", () => reject(new Error(`${file} ended\n${text}`)));
    });
    this.url.catch(() => {});
  }

  async post(body: string): Promise<string> {
    const asked = request(await this.url, {
      method: "POST",
      agent: this.#agent,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    });
    asked.end(body);
    const [answer] = (await once(asked, "response")) as [AsyncIterable<Buffer>];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.child.kill();
    await once(this.child, "exit");
  }
}

interface Cost {
  node: number;
  database: number;
}
interface Party {
  name: string;
  batches: boolean;
  registers: Map<string, Register>;
  costs: Map<string, Cost[]>;
}

const [server] = databaseServers();
const directory = mkdtempSync(join(tmpdir(), "truc-bench-registers-"));
const permitFile = join(directory, "permit-secrets.json");
const secrets: PermitSecrets = { keys: [{ kid: "bench", secret: "S".repeat(43) }] };
writeFileSync(permitFile, JSON.stringify(secrets), { mode: 0o600 });
const databases = new Map<string, Awaited<ReturnType<typeof createTestDatabase>>>();
const parties: Party[] = [];
const admin = new pg.Client({ connectionString: server!.url });

/** Processes that PostgreSQL works with for one party's register. */
async function backends(register: string, party: string): Promise<number[]> {
  const { rows } = await admin.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = $1 and application_name = $2",
    [new URL(databases.get(register)!.url).pathname.slice(1), party],
  );
  return rows.map(({ pid }) => pid);
}

async function take(party: Party, fetch: Fetch, operations: number): Promise<Cost> {
  const register = party.registers.get(fetch.register)!;
  const now = Math.floor(Date.now() / 1_000);
  const scopes = [
    ...new Set(
      [
        ...registerSchemas()
          .find(({ name }) => name === fetch.register)!
          .schema.matchAll(/"([a-z]+:[a-z]+)"/g),
      ].map(([, scope]) => scope!),
    ),
  ];
  const permit = signPermit(
    {
      aud: fetch.register,
      iat: now,
      exp: now + 60,
      scopes,
      limits: UNLIMITED,
      distance: fetch.register === "population" ? 0 : 1,
      system: "bench",
      purpose: "BENCH",
    },
    secrets,
  );
  const size = party.batches ? fetch.batch : 1;
  const bodies = Array.from({ length: Math.ceil(operations / size) }, () =>
    JSON.stringify(
      party.batches
        ? Array.from({ length: size }, (_, item) => ({
            ...fetch.operation(),
            extensions: {
              permit,
              requestId: crypto.randomUUID(),
              operationDigest: "d".repeat(22),
              item,
              traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            },
          }))
        : fetch.operation(),
    ),
  );
  // As the router: two requests under way at a register. Apollo Gateway has one for each of the callers'.
  const lanes = party.batches ? 2 : 8;
  const cpu = async (): Promise<Cost> => ({
    node: treeCpuMicros(register.child.pid!),
    database: (await backends(fetch.register, party.name)).reduce(
      (sum, pid) => sum + treeCpuMicros(pid),
      0,
    ),
  });
  const before = await cpu();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
        const text = await register.post(body);
        if (text.includes('"errors"')) throw new Error(text.slice(0, 1_000));
      }
    }),
  );
  const after = await cpu();
  const count = Math.ceil(operations / size) * size;
  return {
    node: (after.node - before.node) / count,
    database: (after.database - before.database) / count,
  };
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

try {
  await admin.connect();
  const loaders: { name: string; url: string; loader: RegisterLoader }[] = [];
  for (const { name } of registerSchemas()) {
    databases.set(name, await createTestDatabase(server!));
    const file = join(ROOT, "infra/src/country/registers", `${name}.ts`);
    const { loader } = (await import(file)) as { loader: RegisterLoader };
    loaders.push({ name, url: databases.get(name)!.url, loader });
  }
  const checkouts = [ROOT, ...positionals].map((root) => ({
    name: root.replace(/\/$/, "").split("/").at(-1)!,
    root,
  }));
  const start = async (
    name: string,
    batches: boolean,
    file: (register: string) => string,
    more = {},
  ): Promise<void> => {
    const registers = new Map<string, Register>();
    for (const { name: register, folder } of registerSchemas()) {
      const url = new URL(databases.get(register)!.url);
      url.searchParams.set("application_name", name);
      const made = new Register(file(register), {
        PORT: "0",
        DATABASE_URL: url.href,
        PERMIT_SECRETS: permitFile,
        JOURNAL: join(directory, name, register),
        REGISTER: register,
        FOLDER: folder,
        ...more,
      });
      registers.set(register, made);
      await made.url;
    }
    parties.push({ name, batches, registers, costs: new Map() });
  };
  for (const { name, root } of checkouts)
    await start(name, true, (register) => join(root, "subgraphs", register, "src/server.ts"));
  await loadCountry({ country, registers: loaders });
  for (const { name } of registerSchemas()) {
    const client = new pg.Client({ connectionString: databases.get(name)!.url });
    await client.connect();
    await client.query("vacuum analyze");
    await client.end();
  }
  const { apollo } = options;
  if (apollo !== undefined)
    await start("apollo", false, () => join(apollo, "apollo-subgraphs.mjs"));
  const fetches = FETCHES.filter(({ name, register }) =>
    `${name} ${register}`.includes(options.only),
  );
  for (let round = -2; round < Number(options.rounds); round++) {
    for (const fetch of fetches) {
      const key = `${fetch.name} ${fetch.register}`;
      const small = fetch.batch === BATCH_OF_SMALL;
      const operations = (small ? 1_600 : 160) * (round < 0 ? 3 : 1) * Number(options.operations);
      for (const party of round % 2 === 0 ? parties : parties.toReversed()) {
        const cost = await take(party, fetch, operations);
        if (round < 0) continue;
        party.costs.set(key, [...(party.costs.get(key) ?? []), cost]);
      }
    }
  }
  console.log(
    `| operation | register |${parties.map(({ name }) => ` ${name}: Node | database |`).join("")}`,
  );
  console.log(`| --- | --- |${parties.map(() => " --- | --- |").join("")}`);
  const sums = new Map<string, number[]>();
  for (const { name, register } of fetches) {
    const cells = parties.flatMap(({ costs }) => {
      const taken = costs.get(`${name} ${register}`)!;
      return [median(taken.map(({ node }) => node)), median(taken.map(({ database }) => database))];
    });
    sums.set(
      name,
      cells.map((cell, at) => cell + (sums.get(name)?.[at] ?? 0)),
    );
    console.log(
      `| ${name} | ${register} |${cells.map((cell) => ` ${cell.toFixed(1)} |`).join("")}`,
    );
  }
  for (const [name, cells] of sums)
    console.log(`| ${name} | all |${cells.map((cell) => ` ${cell.toFixed(1)} |`).join("")}`);
} finally {
  for (const { registers } of parties)
    for (const register of registers.values()) await register.stop();
  await admin.end();
  for (const database of databases.values()) await database.drop();
  rmSync(directory, { recursive: true });
}
