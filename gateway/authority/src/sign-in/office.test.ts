import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { tablesOf } from "../tables.ts";
import type { TestAuthority } from "../test-authority.ts";
import { HOA, startSignInAuthority, TestSignIn } from "../test-sign-in.ts";
import { TokenRequests } from "../test-token-requests.ts";

type RoleOf = Parameters<typeof giveRole>[0];

let authority: TestAuthority;
beforeAll(async () => {
  authority = await startSignInAuthority();
  const tables = tablesOf(authority.database);
  await tables
    .insertInto("scope")
    .values({ name: "platform:grants", owner: "archive", description: "The registry." })
    .execute();
  await tables
    .insertInto("purpose")
    .values({ code: "OFFICE", text: "Running the platform.", legal_basis: "House rules" })
    .execute();
  const { id } = await tables
    .selectFrom("grant_")
    .select("id")
    .where("system", "=", "reader")
    .where("purpose", "=", "LENDING")
    .executeTakeFirstOrThrow();
  const scope = "platform:grants";
  await tables
    .insertInto("purpose_scope")
    .values(["LENDING", "OFFICE"].map((purpose) => ({ purpose, scope })))
    .execute();
  await tables
    .insertInto("grant_")
    .values({
      id: "office",
      system: "reader",
      purpose: "OFFICE",
      status: "active",
      live: 1,
      valid_from: "2026-01-01",
      valid_until: "2027-12-31",
      terms: null,
      requested_by: null,
      requested_at: null,
      reason: null,
    })
    .execute();
  await tables
    .insertInto("grant_scope")
    .values(
      [id, "office"].map((grant_id) => ({
        grant_id,
        scope,
        decision: "approved" as const,
        decided_by: null,
        decided_at: null,
        reason: null,
      })),
    )
    .execute();
});
afterAll(() => authority.stop());
beforeEach(async () => {
  const tables = tablesOf(authority.database);
  await tables.deleteFrom("person_role").where("person", "=", "operator-1").execute();
  await tables.updateTable("agency").set({ status: "active" }).execute();
});

async function giveRole(
  role: "operator" | "auditor" | "owner-admin" | "agency-admin" | "citizen",
): Promise<void> {
  const agency = role === "owner-admin" || role === "agency-admin" ? "library" : null;
  await tablesOf(authority.database)
    .insertInto("person_role")
    .values({ person: "operator-1", role, agency })
    .execute();
}

/** Where a sign-in for a purpose ends. */
async function endOf(person: string, changes: Record<string, string>): Promise<URLSearchParams> {
  const signIn = new TestSignIn(authority);
  const page = await signIn.browser.follow(signIn.address(changes));
  const end = await signIn.choose(page, { person });
  return new URL(end.location!).searchParams;
}

async function redeemed(signIn: TestSignIn, code: string) {
  return await new TokenRequests(authority).post(await signIn.form(code));
}

describe("the platform's scopes", () => {
  test.each<RoleOf>(["operator", "auditor", "owner-admin", "agency-admin"])(
    "are in the token of an %s",
    async (role) => {
      await giveRole(role);
      const signIn = new TestSignIn(authority);
      const { body } = await redeemed(
        signIn,
        await signIn.code("operator-1", { purpose: "OFFICE" }),
      );
      expect(decodeJwt(body["access_token"] as string)["scope"]).toBe("platform:grants");
    },
  );

  test.each([
    ["a citizen", HOA, "citizen", "active"],
    ["somebody with no role", "operator-1", null, "active"],
    ["somebody with a citizen's role alone", "operator-1", "citizen", "active"],
    ["an administrator of a suspended agency", "operator-1", "owner-admin", "suspended"],
  ] as const)("are refused to %s", async (_who, person, role, agency) => {
    if (person !== HOA && role !== null) await giveRole(role);
    await tablesOf(authority.database)
      .updateTable("agency")
      .set({ status: agency })
      .where("id", "=", "library")
      .execute();
    const end = await endOf(person, { purpose: "OFFICE" });
    expect([end.get("code"), end.get("error"), end.get("error_description")]).toEqual([
      null,
      "access_denied",
      "This is for people who hold an office at the registry.",
    ]);
  });

  test("are left out of a citizen's token that has others, asked for or not", async () => {
    for (const scope of ["", "books:title platform:grants"]) {
      const signIn = new TestSignIn(authority);
      const { body } = await redeemed(signIn, await signIn.code(HOA, { scope }));
      expect(decodeJwt(body["access_token"] as string)["scope"]).toBe(
        scope === "" ? "books:loan books:title" : "books:title",
      );
    }
  });

  test("are refused when the office ended before the code was redeemed", async () => {
    await giveRole("operator");
    const signIn = new TestSignIn(authority);
    const code = await signIn.code("operator-1", { purpose: "OFFICE" });
    await tablesOf(authority.database)
      .deleteFrom("person_role")
      .where("person", "=", "operator-1")
      .execute();
    const { status, body } = await redeemed(signIn, code);
    expect([status, body["error"], body["access_token"]]).toEqual([
      400,
      "invalid_grant",
      undefined,
    ]);
  });
});
