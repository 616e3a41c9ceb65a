import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DataFolder } from "./data-folder.ts";
import { testPeople, writeTestPeople } from "./people.ts";

const DEFINITION = {
  agencies: [{ id: "lakes", name: "Lake Authority" }],
  people: [
    {
      id: "a",
      name: "A",
      roles: [{ role: "operator" as const }, { role: "owner-admin" as const, agency: "lakes" }],
    },
    { id: "b", name: "B", roles: [{ role: "agency-admin" as const, agency: "lakes" }] },
    { id: "c", name: "C", roles: [{ role: "auditor" as const }] },
  ],
  scopes: [],
  purposes: [],
  systems: [],
  grants: [],
};

test("roles are codes for programs, and words for who reads the sign-in page", async () => {
  const people = testPeople(DEFINITION, [{ id: "901000000001", name: "D" }]);
  expect(people.map(({ roles }) => roles)).toEqual([
    ["operator", "owner-admin:lakes"],
    ["agency-admin:lakes"],
    ["auditor"],
    ["citizen"],
  ]);
  const authority = await mkdtemp(join(tmpdir(), "truc-people-"));
  try {
    const file = await writeTestPeople({ authority } as DataFolder, {
      people,
      definition: DEFINITION,
    });
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual([
      {
        id: "a",
        name: "A",
        roles: ["runs the platform", "decides who sees the data of Lake Authority"],
      },
      { id: "b", name: "B", roles: ["asks for data for Lake Authority"] },
      { id: "c", name: "C", roles: ["sees everything and changes nothing"] },
      { id: "901000000001", name: "D", roles: ["citizen"], pin: "901000000001" },
    ]);
  } finally {
    await rm(authority, { recursive: true, force: true });
  }
});
