import { existsSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startForeignSubgraph } from "../harness/foreign-subgraphs.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const present = existsSync(CHROMIUM);
if (!present)
  console.info(
    `${CHROMIUM} is not there (CHROMIUM names another): the GraphiQL page is not tested in a browser.`,
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

describe.runIf(present)("GraphiQL in a browser", () => {
  let products: FastifyInstance;
  let router: TestRouter;
  let browser: Browser;
  let page: Page;
  /** Every address the page asked for. */
  let requests: string[];
  /** Warnings and errors of the console, and errors nobody caught. */
  let complaints: string[];

  beforeAll(async () => {
    const { subgraph, server } = await startForeignSubgraph("products");
    products = server;
    router = await TestRouter.start(composeSupergraph([subgraph]), { NODE_ENV: "production" });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(async () => {
    await browser?.close();
    await router?.stop();
    await products?.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1200, height: 760 } });
    [requests, complaints] = [[], []];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
  });
  afterEach(async () => await page?.close());

  const status = (): ReturnType<Page["locator"]> => page.locator("#status");
  const result = (): ReturnType<Page["locator"]> => page.locator(".result-window");

  /** As somebody would: the token into its field, a query into the editor, Ctrl-Enter. */
  const useToken = async (token: string): Promise<void> => {
    await page.locator("#token").fill(token);
    await page.getByRole("button", { name: "Use token" }).click();
  };
  // Named as the query that stands there first, since the page takes a moment to notice another name.
  const run = async (query: string): Promise<void> => {
    const editor = page.locator(".graphiql-query-editor .CodeMirror").first();
    await editor.click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(query);
    await page.keyboard.press("Control+Enter");
  };

  test("takes a token, runs a query, shows its data, and asks no other host", async () => {
    await page.goto(router.url);
    await useToken(await router.issuer.token());
    await status().getByText("Answered 200.").waitFor();
    await run('query Start { product(upc: "p1") { name dimensions { height } } }');
    await result().getByText('"Table"').waitFor();
    expect(JSON.parse((await result().innerText()).replaceAll(/[\u00a0\u200b]/g, " "))).toEqual({
      data: { product: { name: "Table", dimensions: { height: 60 } } },
      extensions: { cost: { estimated: 2, actual: 2 } },
    });
    expect(await status().innerText()).toBe("Answered 200.");
    const origin = new URL(router.url).origin;
    expect(requests.filter((url) => !url.startsWith(origin) && !url.startsWith("data:"))).toEqual(
      [],
    );
    expect(requests).toContain(router.url);
    expect(complaints).toEqual([]);
  });

  test("without a token says in plain words that one is needed", async () => {
    await page.goto(router.url);
    await run("query Start { __typename }");
    const sentence =
      "401: An access token is needed: send it in the Authorization header as Bearer.";
    await status().getByText(sentence).waitFor();
    expect(await status().innerText()).toBe(sentence);
  });

  test("says what is wrong with a token that is none", async () => {
    await page.goto(router.url);
    await useToken("Bearer nonsense");
    await status().getByText("401: The access token is not valid here.").waitFor();
  });

  test("keeps the token in its tab only, and forgets it with the tab", async () => {
    await page.goto(router.url);
    await useToken(await router.issuer.token());
    await status().getByText("Answered 200.").waitFor();
    await page.reload();
    await status().getByText("Answered 200.").waitFor();
    const kept = await page.evaluate("JSON.stringify([localStorage, document.cookie])");
    expect(kept).not.toContain("eyJ");
    const other = await browser.newPage();
    await other.goto(router.url);
    expect(await other.locator("#token").inputValue()).toBe("");
    await other.close();
  });
});
