import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { once } from "node:events";
import { decodeJwt } from "jose";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  jsonFile,
  startTestAuthority,
  type TestAuthority,
} from "../../gateway/authority/src/test-authority.ts";
import { TestSignIn } from "../../gateway/authority/src/test-sign-in.ts";
import { TokenRequests } from "../../gateway/authority/src/test-token-requests.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const present = existsSync(CHROMIUM);
if (!present)
  console.info(
    `${CHROMIUM} is not there (CHROMIUM names another): the sign-in page is not tested in a browser.`,
  );

/** What keeps the browser itself from asking anybody anything. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const PEOPLE = [
  { id: "901300000001", name: "Nguyễn Thị Hồng Ngọc", roles: ["citizen"], pin: "901300000001" },
  { id: "901200000002", name: "Đặng Quỳnh Như Ý", roles: ["citizen"], pin: "901200000002" },
];

/** What is used here of a field in the browser. */
interface Field {
  validity: { valid: boolean };
  form: { setAttribute(name: string, value: string): void };
}

describe.runIf(present)("the sign-in page in a browser", () => {
  let authority: TestAuthority;
  let application: Server;
  let returnsTo: string;
  let browser: Browser;

  beforeAll(async () => {
    authority = await startTestAuthority({
      settings: async (directory) => ({
        SIGN_IN: "test",
        TEST_PEOPLE: await jsonFile(directory, "people.json", PEOPLE),
      }),
    });
    // A native application that listens on whichever port is free (RFC 8252).
    application = createServer((_request, response) => response.end("<p>Back again.</p>"));
    application.listen(0, "127.0.0.1");
    await once(application, "listening");
    returnsTo = `http://127.0.0.1:${(application.address() as AddressInfo).port}/signed-in`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(async () => {
    await browser?.close();
    application?.close();
    await authority?.stop();
  });

  /** Opens the page as the application would; `asked` and `complaints` fill as it goes on. */
  async function open(options: BrowserContextOptions = {}): Promise<{
    page: Page;
    signIn: TestSignIn;
    asked: string[];
    complaints: string[];
  }> {
    const context = await browser.newContext({
      viewport: { width: 1000, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const [asked, complaints]: [string[], string[]] = [[], []];
    page.on("request", (request) => asked.push(new URL(request.url()).origin));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    const signIn = new TestSignIn(authority);
    await page.goto(signIn.address({ redirect_uri: returnsTo }));
    return { page, signIn, asked, complaints };
  }

  test.each([
    ["", {}],
    [" without scripts", { javaScriptEnabled: false }],
  ])(
    "lets somebody be chosen%s, and gives the application a code that works",
    async (_how, options) => {
      const { page, signIn, asked, complaints } = await open(options);
      expect(await page.title()).toBe("Sign in for Phòng đọc");
      expect(await page.getByRole("note").innerText()).toBe("Test sign-in: synthetic people only");
      await page.getByRole("button", { name: "Nguyễn Thị Hồng Ngọc" }).click();
      await page.getByText("Back again.").waitFor();
      const code = new URL(page.url()).searchParams.get("code")!;
      const { status, body } = await new TokenRequests(authority).post(
        await signIn.form(code, { redirect_uri: returnsTo }),
      );
      expect([status, body["error"]]).toEqual([200, undefined]);
      expect(decodeJwt(body["access_token"] as string)).toMatchObject({ purpose: "LENDING" });
      expect(new Set(asked)).toEqual(new Set([authority.issuer, new URL(returnsTo).origin]));
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  test("shows names with all their marks, and what it is for", async () => {
    const { page } = await open();
    expect(await page.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringMatching(/^Nguyễn Thị Hồng Ngọc\s+citizen$/),
      expect.stringMatching(/^Đặng Quỳnh Như Ý\s+citizen$/),
    ]);
    expect(await page.getByRole("definition").allInnerTexts()).toEqual([
      "The Archive",
      "Lending books.",
      "House rules",
    ]);
    await page.context().close();
  });

  test("takes any synthetic number by its label, and no other", async () => {
    const { page } = await open();
    const field = page.getByLabel("Personal identification number");
    await field.fill("001300000001");
    await field.press("Enter");
    expect(new URL(page.url()).origin).toBe(authority.issuer);
    expect(await field.evaluate((input) => (input as unknown as Field).validity.valid)).toBe(false);
    await field.fill("901200000099");
    await field.press("Enter");
    await page.getByText("Back again.").waitFor();
    expect(new URL(page.url()).searchParams.get("code")).toMatch(/^[\w-]{20,}$/);
    await page.context().close();
  });

  test("can be left by keyboard alone, with nobody signed in", async () => {
    const { page } = await open();
    // Two people, the field, its button, and the way out.
    for (let step = 0; step < 5; step++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Back again.").waitFor();
    expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
    await page.context().close();
  });

  test("says why a choice does not do, and goes on", async () => {
    const { page } = await open();
    await page
      .getByLabel("Personal identification number")
      .evaluate((input) => (input as unknown as Field).form.setAttribute("novalidate", ""));
    await page.getByLabel("Personal identification number").fill("123");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect
      .poll(() => page.getByRole("alert").innerText())
      .toBe(
        "Nobody is known by that. Choose a person, or give 12 digits, the first of which is 9.",
      );
    await page.getByRole("button", { name: "Đặng Quỳnh Như Ý" }).click();
    await page.getByText("Back again.").waitFor();
    await page.context().close();
  });
});
