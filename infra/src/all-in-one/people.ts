import { join } from "node:path";
import type { PlatformDefinition } from "@truc/authority";
import type { DemoCitizen } from "../demo/citizens.ts";
import type { DataFolder } from "./data-folder.ts";
import type { PlatformFile } from "./platform-file.ts";
import { writeJson } from "./private-json.ts";

/** Somebody whom the test sign-in lets in; `pin` for citizens only. */
type TestPerson = NonNullable<PlatformDefinition["people"]>[number];

/** Who may sign in: the registry's staff, and citizens, who are known by their PIN. */
export function testPeople(
  { people = [] }: PlatformDefinition,
  citizens: readonly DemoCitizen[],
): TestPerson[] {
  return [
    ...people,
    ...citizens.map(({ id, name }) => ({
      id,
      name,
      roles: [{ role: "citizen" as const }],
      pin: id,
    })),
  ];
}

/** Writes the file that the authority's test sign-in reads. @returns where it is */
export async function writeTestPeople(
  folder: DataFolder,
  people: readonly TestPerson[],
): Promise<string> {
  const file = join(folder.authority, "test-people.json");
  await writeJson(file, people);
  return file;
}

/** The same people as DIR/platform.json lists them: a role of one agency as `role:agency`. */
export function listedPeople(people: readonly TestPerson[]): PlatformFile["people"] {
  return people.map(({ id, name, roles }) => ({
    id,
    name,
    roles: roles.map(({ role, agency }) => (agency == null ? role : `${role}:${agency}`)),
  }));
}
