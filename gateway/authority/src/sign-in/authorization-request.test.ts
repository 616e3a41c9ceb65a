import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tablesOf } from "../tables.ts";
import type { TestAuthority } from "../test-authority.ts";
import { RETURN, startSignInAuthority, TestSignIn } from "../test-sign-in.ts";

let authority: TestAuthority;
beforeAll(async () => {
  authority = await startSignInAuthority();
});
afterAll(() => authority.stop());

type Changes = Record<string, string>;

describe("an application's request", () => {
  test.each<[what: string, changes: Changes, error: string, description: RegExp]>([
    ["no purpose", { purpose: "" }, "invalid_request", /purpose is required/],
    ["an unknown purpose", { purpose: "NO_SUCH" }, "invalid_request", /names no purpose/],
    ["a purpose without live grant", { purpose: "OLD" }, "invalid_target", /no live grant/],
    [
      "scopes beyond the grant",
      { scope: "books:title files:list" },
      "invalid_scope",
      /does not cover: files:list/,
    ],
    ["an identity token", { scope: "openid" }, "invalid_scope", /no scope of the catalogue/],
    ["no challenge", { code_challenge: "", code_challenge_method: "" }, "invalid_request", /PKCE/],
    [
      "a plain challenge",
      { code_challenge_method: "plain" },
      "invalid_request",
      /not supported value of code_challenge_method/,
    ],
    ["a challenge of no method", { code_challenge_method: "" }, "invalid_request", /method/],
    ["a token at once", { response_type: "token" }, "invalid_request", /response_mode/],
    ["an identity at once", { response_type: "id_token" }, "invalid_request", /response_mode/],
    [
      "nothing",
      { response_type: "none" },
      "unsupported_response_type",
      /unsupported response_type/,
    ],
    ["another resource", { resource: "urn:other" }, "invalid_target", /names nothing/],
    ["a nonce, which belongs to identity tokens", { nonce: "n" }, "invalid_request", /nonce/],
    ["a long hint", { login_hint: "h".repeat(513) }, "invalid_request", /login_hint is too long/],
  ])("for %s is answered at its own address", async (_what, changes, error, description) => {
    const signIn = new TestSignIn(authority);
    const { location } = await signIn.browser.follow(signIn.address(changes));
    const returned = new URL(location!);
    const [answer] = [
      returned.hash === "" ? returned.searchParams : new URLSearchParams(returned.hash.slice(1)),
    ];
    expect(returned.origin).toBe("https://reading.example");
    expect([answer.get("error"), answer.get("state")]).toEqual([error, "state-1"]);
    expect(answer.get("error_description")).toMatch(description);
  });

  test.each<[mode: string, changes: Changes, error: string]>([
    ["fragment", {}, "invalid_request"],
    ["form_post", {}, "invalid_request"],
    ["web_message", {}, "invalid_request"],
    ["form_post.jwt", {}, "invalid_request"],
    ["form_post", { purpose: "OLD" }, "invalid_target"],
    ["form_post", { response_type: "none" }, "unsupported_response_type"],
  ])("to be answered by %s, with %j, is refused by a redirect", async (mode, changes, error) => {
    const signIn = new TestSignIn(authority);
    const address = signIn.address({ response_mode: mode, ...changes });
    const { status, text, location } = await signIn.browser.open(address);
    const returned = new URL(location!);
    expect([status, returned.origin]).toEqual([303, "https://reading.example"]);
    expect(Object.fromEntries(returned.searchParams)).toMatchObject({ error, state: "state-1" });
    expect(text).not.toMatch(/<script|<form/);
  });

  test("to be answered by the query is what is answered without being asked for", async () => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address({ response_mode: "query" }));
    expect(page.text).toContain("Choose a person");
  });

  test("to be answered by a form at an address that is not its own gets a page without script", async () => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.open(
      signIn.address({ response_mode: "form_post", redirect_uri: "https://thief.example/back" }),
    );
    expect([page.status, page.location]).toEqual([400, null]);
    expect(page.text).toContain("This sign-in cannot go on");
    expect(page.text).not.toMatch(/<script|<form/);
  });

  test("with a state of 512 characters is taken, with one more refused, and nothing of that is stored", async () => {
    const stored = async (): Promise<number> =>
      (await tablesOf(authority.database).selectFrom("provider_state").select("id").execute())
        .length;
    const signIn = new TestSignIn(authority);
    const taken = await signIn.browser.open(signIn.address({ state: "s".repeat(512) }));
    expect(taken.location).toContain(`${authority.issuer}/sign-in/`);
    const before = await stored();
    const { location } = await signIn.browser.open(signIn.address({ state: "s".repeat(513) }));
    const answer = new URL(location!).searchParams;
    expect([answer.get("error"), answer.get("error_description")]).toEqual([
      "invalid_request",
      "The parameter state is too long: at most 512 characters.",
    ]);
    expect(await stored()).toBe(before);
  });

  test("naming two purposes is refused", async () => {
    const signIn = new TestSignIn(authority);
    const { location } = await signIn.browser.follow(`${signIn.address()}&purpose=COUNTING`);
    expect(location).toContain("error=invalid_request");
  });

  test.each<[what: string, changes: Changes]>([
    ["an address that is not registered", { redirect_uri: "https://thief.example/back" }],
    ["a longer address", { redirect_uri: `${RETURN}x` }],
    ["another system's address", { redirect_uri: "https://other.example/back" }],
    ["another path of a native application", { redirect_uri: "http://127.0.0.1:1/other" }],
    ["no address", { redirect_uri: "" }],
    ["an unknown system", { client_id: "nobody" }],
    ["no system", { client_id: "" }],
    ["a system that has no address", { client_id: "former" }],
  ])("with %s leads nowhere: the browser gets a page", async (_what, changes) => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.open(signIn.address(changes));
    expect([page.status, page.location]).toEqual([400, null]);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("form-action 'none'");
    expect(page.text).toContain("This sign-in cannot go on");
  });
});
