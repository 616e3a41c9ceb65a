import { createHash, randomBytes } from "node:crypto";
import { tablesOf } from "./tables.ts";
import { jsonFile, startTestAuthority, type TestAuthority } from "./test-authority.ts";
import { ASSERTION_TYPE, TokenRequests } from "./test-token-requests.ts";

/** Where the sign-ins of "reader" return to. */
export const RETURN = "https://reading.example/back?from=sign-in";

/** Citizens of the tests. */
export const HOA = "901300000001";
export const BINH = "901200000002";

const PEOPLE = [
  { id: "operator-1", name: "Trần Đức <Bình>", roles: ["operator"] },
  { id: "nobody-yet", name: "Lê Thị Không", roles: ["auditor"] },
  { id: HOA, name: "Nguyễn Thị Hoa", roles: ["citizen"], pin: HOA },
];

/** An authority at which the people above sign in; the registry knows "operator-1". */
export async function startSignInAuthority(): Promise<TestAuthority> {
  const authority = await startTestAuthority({
    settings: async (directory) => ({
      SIGN_IN: "test",
      TEST_PEOPLE: await jsonFile(directory, "people.json", PEOPLE),
    }),
  });
  await tablesOf(authority.database)
    .insertInto("person")
    .values({ id: "operator-1", name: "Trần Đức Bình", pin: null, status: "active" })
    .execute();
  return authority;
}

/** Suspends or resumes a citizen, straight in the database. */
export async function setPersonStatus(
  authority: TestAuthority,
  pin: string,
  status: "active" | "suspended",
): Promise<void> {
  await tablesOf(authority.database)
    .updateTable("person")
    .set({ status })
    .where("pin", "=", pin)
    .execute();
}

type Parameters = Record<string, string>;

/** A browser that somebody signs in with, as far as an authority notices: it keeps cookies by path. */
export class TestBrowser {
  readonly #origin: string;
  readonly #cookies = new Map<string, { path: string; pair: string }>();

  constructor(authority: TestAuthority) {
    this.#origin = authority.issuer;
  }

  /** One request, without following redirects. @param form is sent by POST */
  async open(address: string, form?: Parameters, headers: Parameters = {}): Promise<TestPage> {
    const url = new URL(address, this.#origin);
    const cookie = [...this.#cookies.values()]
      .filter(({ path }) => url.pathname === path || url.pathname.startsWith(`${path}/`))
      .map(({ pair }) => pair)
      .join("; ");
    const response = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      ...(form !== undefined && { body: new URLSearchParams(form) }),
      headers: { ...(cookie !== "" && { cookie }), ...headers },
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(/; ?/);
      const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? "/";
      const key = `${path} ${pair.split("=")[0]}`;
      if (pair.endsWith("=")) this.#cookies.delete(key);
      else this.#cookies.set(key, { path, pair });
    }
    const text = await response.text();
    const location = response.headers.get("location");
    return {
      status: response.status,
      headers: response.headers,
      text,
      location: location === null ? null : new URL(location, url).href,
      url: url.href,
    };
  }

  /** The same, then along redirects as long as they stay at the authority. */
  async follow(address: string, form?: Parameters): Promise<TestPage> {
    let page = await this.open(address, form);
    while (page.location?.startsWith(`${this.#origin}/`)) page = await this.open(page.location);
    return page;
  }
}

export interface TestPage {
  status: number;
  headers: Headers;
  text: string;
  url: string;
  location: string | null;
}

/** Signs people in at a test's authority, step by step or at once. */
export class TestSignIn {
  readonly authority: TestAuthority;
  readonly browser: TestBrowser;
  readonly verifier: string = randomBytes(32).toString("base64url");

  constructor(authority: TestAuthority) {
    this.authority = authority;
    this.browser = new TestBrowser(authority);
  }

  /** The address that "reader" sends a browser to; an empty parameter is left out. */
  address(changes: Parameters = {}): string {
    const all = {
      response_type: "code",
      client_id: "reader",
      redirect_uri: RETURN,
      state: "state-1",
      purpose: "LENDING",
      code_challenge: createHash("sha256").update(this.verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...changes,
    };
    const given = Object.entries(all).filter(([, value]) => value !== "");
    return `${this.authority.issuer}/authorize?${new URLSearchParams(given).toString()}`;
  }

  /** Sends the page's form with a person chosen. */
  async choose(page: TestPage, choice: Parameters): Promise<TestPage> {
    return await this.browser.follow(actionOf(page), { token: formTokenOf(page), ...choice });
  }

  /** All of it. @returns the code */
  async code(person: string, changes: Parameters = {}): Promise<string> {
    const page = await this.browser.follow(this.address(changes));
    const end = await this.choose(page, { person });
    const code = end.location === null ? null : new URL(end.location).searchParams.get("code");
    if (code === null) throw new Error(`no code: ${end.status} ${end.location} ${end.text}`);
    return code;
  }

  /** What redeems a code; an empty parameter is left out. */
  async form(code: string, changes: Parameters = {}): Promise<Parameters> {
    const system = changes["client_id"] ?? "reader";
    const all = {
      grant_type: "authorization_code",
      code,
      redirect_uri: RETURN,
      code_verifier: this.verifier,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion:
        changes["client_assertion"] ??
        (await new TokenRequests(this.authority).assertion({ system })),
      ...changes,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
  }
}

/** Where a page's form is sent to. */
export function actionOf({ text, url }: TestPage): string {
  return new URL(/<form method="post" action="([^"]+)"/.exec(text)![1]!, url).href;
}

/** What a page's form carries against being sent by another page. */
export function formTokenOf({ text }: TestPage): string {
  return /<input type="hidden" name="token" value="([^"]+)"/.exec(text)![1]!;
}
