import { createLog, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
import { expect, test } from "vitest";
import { RegistryWatch } from "./registry-watch.ts";

const READER = { snapshot: () => {}, alive: () => {} };

test("a look that is under way when it is stopped is waited for, and says nothing afterwards", async () => {
  const database = await createTestDatabase(databaseServers()[0]!);
  const db = openDatabase(database.url);
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ name: "test", destination });
  const read = async () => await Promise.reject(new Error("never read"));
  // There is no registry in that database, so that every look fails.
  const failing = new RegistryWatch({ db, read, log });
  failing.add(READER);
  await expect.poll(() => lines.length).toBe(1);
  expect(lines[0]).toContain("the feed is silent");
  await failing.stop();

  const stopped = new RegistryWatch({ db, read, log });
  stopped.add(READER);
  let answered = false;
  db.onStatement = () => {
    answered = true;
  };
  await stopped.stop();
  expect(answered).toBe(true);
  await db.close();
  expect(lines).toHaveLength(1);
  await database.drop();
});
