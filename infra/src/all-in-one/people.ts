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

/**
 * Writes the file that the authority's test sign-in reads, with the roles as its page shows them to people.
 * @returns where it is
 */
export async function writeTestPeople(
  folder: DataFolder,
  { people, definition }: { people: readonly TestPerson[]; definition: PlatformDefinition },
): Promise<string> {
  const file = join(folder.authority, "test-people.json");
  const names = new Map(definition.agencies.map(({ id, name }) => [id, name]));
  const shown = people.map((person) => ({
    ...person,
    roles: person.roles.map((role) => inWords(role, names)),
  }));
  await writeJson(file, shown);
  return file;
}

const WORDS: Record<string, string> = {
  operator: "runs the platform",
  auditor: "sees everything and changes nothing",
  "owner-admin": "decides who sees the data of",
  "agency-admin": "asks for data for",
};

/** A role as {@link testPeople} writes it, in words. @param agencies their names by their ids */
function inWords(role: string, agencies: ReadonlyMap<string, string>): string {
  const [name = "", agency] = role.split(":");
  const words = WORDS[name] ?? name;
  return agency === undefined ? words : `${words} ${agencies.get(agency) ?? agency}`;
}
