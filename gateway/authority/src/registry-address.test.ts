import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { type Permit, signPermit, UNLIMITED } from "@truc/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { service } from "./server.ts";
import { tablesOf } from "./tables.ts";
import { startTestAuthority, type TestAuthority } from "./test-authority.ts";
import { TestFeedReader } from "./test-feed-reader.ts";

let authority: TestAuthority;
beforeAll(async () => {
  authority = await startTestAuthority();
  const tables = tablesOf(authority.database);
  await tables
    .insertInto("person")
    .values({ id: "operator-1", name: "Trần Đức Bình", pin: null, status: "active" })
    .execute();
  await tables
    .insertInto("person_role")
    .values({ person: "operator-1", role: "operator", agency: null })
    .execute();
  await tables
    .insertInto("subject")
    .values({ subject: "subject-1", person: "operator-1", client: "reader" })
    .execute();
});
afterAll(() => authority.stop());

async function permit(changes: Partial<Permit> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = {
    aud: "registry",
    iat: now,
    exp: now + 60,
    scopes: ["platform:grants"],
    limits: UNLIMITED,
    distance: 0,
    system: "reader",
    person: "subject-1",
    ...changes,
  };
  return signPermit(all, authority.permitSecrets);
}

async function ask(query: string, token?: string): Promise<Record<string, any>> {
  const response = await fetch(`${authority.issuer}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, ...(token !== undefined && { extensions: { permit: token } }) }),
  });
  return (await response.json()) as Record<string, any>;
}

test("the registry answers as a subgraph beside the rest, under permits alone", async () => {
  expect(await ask("{ scopes { name } }", await permit())).toEqual({
    data: { scopes: [{ name: "books:loan" }, { name: "books:title" }, { name: "files:list" }] },
  });
  const refused = [
    await ask("{ scopes { name } }"),
    await ask("{ scopes { name } }", await permit({ aud: "population" })),
    await ask("{ scopes { name } }", await permit({ scopes: [] })),
  ];
  expect(refused.map(({ errors }) => errors[0].extensions.code)).toEqual([
    "PERMIT_MISSING",
    "PERMIT_INVALID",
    "UNAUTHORIZED_FIELD_OR_TYPE",
  ]);
});

test("it is a subgraph's definition as other registers export theirs", () => {
  expect(service.definition).toMatchObject({ name: "registry", title: "Registry" });
  expect(Object.keys(service.definition.migrations)).toContain("0002-people");
});

test("what is changed through it goes out on the feed, and is on its journal", async () => {
  const reader = await TestFeedReader.open(authority);
  const before = await reader.snapshot();
  const changed = await ask(
    'mutation { suspendSystem(id: "other", reason: "Its key was lost.") { id status } }',
    await permit(),
  );
  expect(changed["errors"]).toBeUndefined();
  expect(changed["data"].suspendSystem.id).toBe("other");
  const after = await reader.snapshot();
  expect(after.revision).toBe(before.revision + 1);
  expect(after.systems.find(({ id }) => id === "other")!.status).toBe("suspended");
  reader.close();
  const files = await readdir(authority.settings.JOURNAL);
  const journal = files.find((file) => file.startsWith("registry-"))!;
  expect(await readFile(path.join(authority.settings.JOURNAL, journal), "utf8")).toContain(
    '"system":"reader"',
  );
});
