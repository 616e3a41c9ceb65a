import { randomUUID } from "node:crypto";
import type { Database } from "@truc/service";
import { unlessThere } from "../unless-there.ts";
import { type Tables, tablesOf } from "../tables.ts";
import { SyntheticPin, type TestPeople } from "./test-people.ts";

/** What came of somebody's wish to sign in; `person` is the id at the registry. */
export type Admission =
  | { outcome: "admitted"; person: string }
  | { outcome: "suspended" }
  | { outcome: "unknown" };

type Person = Pick<Tables["person"], "id" | "status">;

/** What a citizen is called whom nobody has named: her name is the population register's, not ours. */
const UNNAMED = "Synthetic citizen";

/**
 * Lets somebody in through the test sign-in: one of the people it offers, or whoever a synthetic PIN may belong to. A
 * citizen becomes known here when she first signs in; staff are known to the registry or are not let in.
 *
 * @param chosen an id of `people` or a PIN, as it came
 */
export async function admitPerson(
  db: Database,
  people: TestPeople,
  chosen: string,
): Promise<Admission> {
  const listed = people.find(({ id }) => id === chosen);
  const pin = listed === undefined ? SyntheticPin.safeParse(chosen).data : listed.pin;
  let person = listed === undefined ? undefined : await find(db, "id", listed.id);
  if (person === undefined && pin !== undefined)
    person =
      (await find(db, "pin", pin)) ?? (await addCitizen(db, pin, nameOf(people, pin) ?? UNNAMED));
  if (person === undefined) return { outcome: "unknown" };
  if (person.status === "suspended") return { outcome: "suspended" };
  return { outcome: "admitted", person: person.id };
}

function nameOf(people: TestPeople, pin: string): string | undefined {
  return people.find((person) => person.pin === pin)?.name;
}

async function find(
  db: Database,
  column: "id" | "pin",
  value: string,
): Promise<Person | undefined> {
  return await tablesOf(db)
    .selectFrom("person")
    .select(["id", "status"])
    .where(column, "=", value)
    .executeTakeFirst();
}

/** Whoever signs in elsewhere at the same moment may be first there: then hers is the row that counts. */
async function addCitizen(db: Database, pin: string, name: string): Promise<Person | undefined> {
  const id = randomUUID();
  const isAdded = await tablesOf(db)
    .transaction()
    .execute(async (tx) => {
      // A duplicate is no error of the statement: databases write these into their logs, with the number.
      const insert = tx.insertInto("person").values({ id, name, pin, status: "active" });
      const { numInsertedOrUpdatedRows } = await unlessThere(db, insert).executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows !== 1n) return false;
      await tx
        .insertInto("person_role")
        .values({ person: id, role: "citizen", agency: null })
        .execute();
      return true;
    });
  return isAdded ? { id, status: "active" } : await find(db, "pin", pin);
}
