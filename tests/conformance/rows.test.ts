import { join } from "node:path";
import { type Database, openDatabase, type SubgraphDefinition } from "@truc/service";
import {
  createTestDatabase,
  databaseServers,
  startSubgraph,
  type TestDatabase,
  type TestResult,
  type TestSubgraph,
} from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isOwnProcess, readFederation } from "../../infra/src/federation.ts";
import {
  claimsOf,
  named,
  readRowTables,
  type RowCase,
  rowsOf,
  type RowStep,
  stepsOf,
  valueAt,
} from "./row-cases.ts";

const tables = readRowTables();
const registers = readFederation().filter(isOwnProcess);

it("every register has its row cases, some with a refused row held against an absent one", () => {
  expect(tables.map(({ register }) => register).toSorted()).toEqual(
    registers.map(({ name }) => name).toSorted(),
  );
  for (const { register, cases } of tables) {
    const held = cases.flatMap(stepsOf).filter(({ absent }) => absent !== undefined);
    expect([register, cases.length >= 20, held.length >= 5]).toEqual([register, true, true]);
  }
});

describe.each(databaseServers())("on $dialect", (server) => {
  describe.each(tables)("rows of $register", (table) => {
    let database: TestDatabase;
    let db: Database;
    let subgraph: TestSubgraph;

    beforeAll(async () => {
      const { folder } = registers.find(({ name }) => name === table.register)!;
      const exported = (await import(join(folder, "src/index.ts"))) as {
        subgraph: SubgraphDefinition;
      };
      database = await createTestDatabase(server);
      subgraph = await startSubgraph(exported.subgraph, database.url);
      db = openDatabase(database.url, { maxConnections: 1 });
      for (const [name, rows] of rowsOf(table)) {
        await db.kysely.insertInto(name).values(rows).execute();
      }
    });
    afterAll(async () => {
      await subgraph?.stop();
      await db?.close();
      await database?.drop();
    });

    /** Answers one step and notes its statements. */
    async function ask(
      given: RowCase,
      step: RowStep,
      variables: Record<string, unknown> | undefined,
      names: Record<string, string>,
    ): Promise<{ answer: TestResult; statements: string[] }> {
      let answer: TestResult = {};
      const statements = await subgraph.statementsOf(async () => {
        answer = await subgraph.query(given.operation, {
          ...named(claimsOf(given, step), names),
          ...(variables && { variables: named(variables, names) }),
        });
      });
      return { answer, statements };
    }

    it.each(table.cases)("$title", async (given) => {
      const names = { ...table.names };
      for (const step of stepsOf(given)) {
        const { answer, statements } = await ask(given, step, step.variables, names);
        for (const [name, path] of Object.entries(step.keep ?? {})) {
          names[name] = valueAt(answer.data, path) as string;
        }
        const codes = answer.errors?.map(({ extensions }) => extensions["code"]);
        expect(codes ?? []).toEqual(step.errors ?? []);
        expect(answer.data).toEqual(named(step.data, names));
        if (step.absent === undefined) continue;
        const absent = await ask(given, step, step.absent, names);
        expect(absent.answer).toEqual(answer);
        expect(absent.statements.toSorted()).toEqual(statements.toSorted());
      }
    });
  });
});
