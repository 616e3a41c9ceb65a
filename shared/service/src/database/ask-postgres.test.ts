import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { databaseServers } from "../testing/index.ts";
import { askPostgres, READ_TIMEOUT } from "./ask-postgres.ts";
import { isUnavailable } from "./is-unavailable.ts";

let client: pg.Client;

beforeEach(async () => {
  const { url } = databaseServers().find(({ dialect }) => dialect === "postgres")!;
  client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
});
afterEach(async () => {
  await client.end();
});

test("gives what the database answers, in the client's own types", async () => {
  const text = "select $1::int as number, $2::text as word";
  const { rows } = await askPostgres(client, { text, values: [7, "bảy"] }, 10_000);
  expect(rows).toEqual([{ number: 7, word: "bảy" }]);
  const named = { name: "one", text: "select $1::int as number" };
  for (const number of [1, 2])
    expect((await askPostgres(client, { ...named, values: [number] }, 0)).rows).toEqual([
      { number },
    ]);
});

test("throws what the database says, and the connection goes on", async () => {
  await expect(askPostgres(client, { text: "select 1/0" }, 10_000)).rejects.toMatchObject({
    code: "22012",
  });
  expect((await askPostgres(client, { text: "select 1 as one" }, 10_000)).rows).toEqual([
    { one: 1 },
  ]);
});

test("waits no longer than it is told, and what comes then is nobody's", async () => {
  const asked = askPostgres(client, { text: "select pg_sleep(0.5)" }, 20);
  const error: unknown = await asked.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ message: READ_TIMEOUT });
  expect(isUnavailable(error)).toBe(true);
  // The client answers one after the other, so the late answer has come and gone before this one.
  expect((await askPostgres(client, { text: "select 2 as two" }, 10_000)).rows).toEqual([
    { two: 2 },
  ]);
});

test("says so when the connection is lost meanwhile", async () => {
  const asked = askPostgres(client, { text: "select pg_terminate_backend(pg_backend_pid())" }, 0);
  const error: unknown = await asked.catch((reason: unknown) => reason);
  expect(isUnavailable(error)).toBe(true);
});
