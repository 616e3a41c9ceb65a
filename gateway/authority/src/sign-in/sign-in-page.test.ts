import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestAuthority } from "../test-authority.ts";
import {
  actionOf,
  BINH,
  formTokenOf,
  HOA,
  setPersonStatus,
  startSignInAuthority,
  TestBrowser,
  TestSignIn,
} from "../test-sign-in.ts";

let authority: TestAuthority;
beforeAll(async () => {
  authority = await startSignInAuthority();
});
afterAll(() => authority.stop());

type Changes = Record<string, string>;

describe("the sign-in page", () => {
  test("names system, agency, purpose and people, runs nothing, and is kept nowhere", async () => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address());
    for (const text of [
      "Test sign-in: synthetic people only",
      "Phòng đọc",
      "The Archive",
      "Lending books.",
      "House rules",
      "Nguyễn Thị Hoa",
      "Trần Đức &lt;Bình&gt;",
    ])
      expect(page.text).toContain(text);
    expect(page.text).not.toMatch(/<script|javascript:|<Bình>| on[a-z]+=/i);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; form-action 'self' https:\/\/reading\.example; base-uri 'none'; frame-ancestors 'none'$/,
    );
  });

  test("its cookies are for its own address, unread by scripts and unsent from other sites", async () => {
    const signIn = new TestSignIn(authority);
    const { headers, location } = await signIn.browser.open(signIn.address());
    const cookies = headers.getSetCookie();
    expect(cookies).toHaveLength(4);
    const page = new URL(location!).pathname;
    const uid = page.split("/").at(-1)!;
    for (const cookie of cookies)
      expect(cookie).toMatch(
        new RegExp(`; path=/(sign-in|authorize)/${uid};.*samesite=lax.*httponly`, "i"),
      );
  });

  test.each([
    ["a real-looking number", "001300000001"],
    ["a number that is too short", "90130000000"],
    ["a number with something after it", "901300000001 "],
    ["nothing", ""],
    ["somebody listed whom the registry does not know", "nobody-yet"],
    ["an id of the registry that is not listed", "operator-2"],
    ["a NUL", "9013\0"],
  ])("%s is not let in", async (_what, person) => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address());
    const after = await signIn.choose(page, { person });
    expect([after.status, after.location]).toEqual([400, null]);
    expect(after.text).toContain('role="alert"');
    // The page goes on: another choice does.
    expect((await signIn.choose(after, { person: "operator-1" })).location).toContain("code=");
  });

  test("somebody suspended cannot sign in", async () => {
    await new TestSignIn(authority).code(BINH);
    await setPersonStatus(authority, BINH, "suspended");
    try {
      const signIn = new TestSignIn(authority);
      const page = await signIn.browser.follow(signIn.address());
      const after = await signIn.choose(page, { person: BINH });
      expect([after.status, after.location]).toEqual([403, null]);
      expect(after.text).toContain("This person is suspended and cannot sign in.");
    } finally {
      await setPersonStatus(authority, BINH, "active");
    }
  });

  test.each<[string, (token: string) => Changes]>([
    ["without its token", () => ({ person: HOA })],
    ["with another token", () => ({ person: HOA, token: "x".repeat(43) })],
    ["with another sign-in's token", (token) => ({ person: HOA, token })],
  ])("a form %s is refused", async (_what, form) => {
    const other = new TestSignIn(authority);
    const token = formTokenOf(await other.browser.follow(other.address()));
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address());
    const after = await signIn.browser.open(actionOf(page), form(token));
    expect([after.status, after.location]).toEqual([403, null]);
  });

  test("another browser cannot go on with a sign-in", async () => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address());
    const thief = new TestBrowser(authority);
    const shown = await thief.open(page.url);
    const sent = await thief.open(actionOf(page), { token: formTokenOf(page), person: HOA });
    for (const { status, location, text } of [shown, sent]) {
      expect([status, location]).toEqual([400, null]);
      expect(text).toContain("begun in another browser");
      expect(text).not.toContain("Nguyễn Thị Hoa");
    }
    const resume = await thief.open(page.url.replace("/sign-in/", "/authorize/"));
    expect([resume.status, resume.location]).toEqual([400, null]);
  });

  test("a sign-in that is finished cannot be sent again", async () => {
    const signIn = new TestSignIn(authority);
    const page = await signIn.browser.follow(signIn.address());
    expect((await signIn.choose(page, { person: HOA })).location).toContain("code=");
    const again = await signIn.browser.open(actionOf(page), {
      token: formTokenOf(page),
      person: BINH,
    });
    expect([again.status, again.location]).toEqual([400, null]);
  });
});
