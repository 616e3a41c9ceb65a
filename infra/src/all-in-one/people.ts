import { join } from "node:path";
import type { PlatformDefinition } from "@truc/authority";
import type { DemoCitizen } from "../demo/citizens.ts";
import type { DataFolder } from "./data-folder.ts";
import type { PlatformFile } from "./platform-file.ts";
import { writeJson } from "./private-json.ts";

/** Somebody whom the test sign-in lets in: as DIR/platform.json lists her, and a citizen's PIN. */
export type TestPerson = PlatformFile["people"][number] & { pin?: string };

/** Who may sign in: the registry's staff, and citizens, who are known by their PIN. A role of one agency is `role:agency`. */
export function testPeople(
  { people = [] }: PlatformDefinition,
  citizens: readonly DemoCitizen[],
): TestPerson[] {
  return [
    ...people.map(({ id, name, roles }) => ({
      id,
      name,
      roles: roles.map(({ role, agency }) => (agency == null ? role : `${role}:${agency}`)),
    })),
    ...citizens.map(({ id, name }) => ({ id, name, roles: ["citizen"], pin: id })),
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
