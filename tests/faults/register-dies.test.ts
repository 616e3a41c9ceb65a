import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SubgraphRequest } from "@truc/contracts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePort } from "@truc/service/testing";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
const NAMES = ["ships", "crews"] as const;
type Name = (typeof NAMES)[number];

/** A register that takes permits and batches, and counts the messages it gets. */
class Register {
  asked = 0;
  port = 0;
  readonly #name: Name;
  #server: Server | undefined;

  constructor(name: Name) {
    this.#name = name;
  }

  /** Starts it, where it was before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        response.setHeader("content-type", "application/json");
        if (request.method === "GET") return response.end("{}");
        this.asked += 1;
        const items = JSON.parse(body) as SubgraphRequest | SubgraphRequest[];
        const answer = { data: { [this.#name]: 1 } };
        return response.end(
          JSON.stringify(Array.isArray(items) ? items.map(() => answer) : answer),
        );
      });
    });
    this.port ||= await freePort();
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
  }

  async die(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

let registers: Record<Name, Register>;
let router: TestRouter;
let directory: string;
beforeEach(async () => {
  registers = { ships: new Register("ships"), crews: new Register("crews") };
  directory = mkdtempSync(join(tmpdir(), "truc-register-"));
  const able = { permit: true, batching: true, splicing: true };
  const FEDERATION = join(directory, "federation.yaml");
  // JSON is YAML.
  writeFileSync(FEDERATION, JSON.stringify({ subgraphs: { ships: able, crews: able } }));
  const secrets = JSON.stringify({ keys: [{ kid: "permit-1", secret: "P".repeat(43) }] });
  for (const name of NAMES) {
    await registers[name].start();
    writeFileSync(join(directory, `${name}.json`), secrets);
  }
  const supergraph = composeSupergraph(
    NAMES.map((name) => ({
      name,
      url: `http://127.0.0.1:${registers[name].port}/graphql`,
      schema: `type Query { ${name}: Int }`,
    })),
  );
  router = await TestRouter.start(supergraph, { FEDERATION, PERMIT_SECRETS: directory });
});
afterEach(async () => {
  await router.stop();
  for (const register of Object.values(registers)) await register.die();
  rmSync(directory, { recursive: true, force: true });
});

async function health(): Promise<unknown> {
  const response = await fetch(new URL("/health/ready", router.url));
  return [response.status, await response.json()];
}

test("a register that dies is soon left alone: its fields are null, all else goes on, and it is asked again when it is back", async () => {
  const whole = { data: { ships: 1, crews: 1 } };
  expect((await router.ask("{ ships crews }")).body).toEqual(whole);
  await registers.crews.die();
  const leftAlone = () => router.log.some((line) => line.includes("it is left alone for a while"));
  await vi.waitFor(async () => {
    const { status, body } = await router.ask("{ ships crews }");
    expect([status, body.data]).toEqual([200, { ships: 1, crews: null }]);
    expect(body.errors).toEqual([
      {
        message: expect.stringContaining('The register "crews" did not answer'),
        path: ["crews"],
        extensions: { code: "REGISTER_UNAVAILABLE", register: "crews", retry: true },
      },
    ]);
    expect(leftAlone()).toBe(true);
  }, PATIENCE);
  // What was not sent does not stand on record as asked; the register that is up is asked every time.
  const record = router.records().find(({ asked }) => asked !== undefined && !("crews" in asked));
  expect(record).toMatchObject({ asked: { ships: 1 }, failed: undefined, outcome: "partial" });
  expect(registers.ships.asked).toBe(router.records().length);
  expect(await health()).toEqual([200, { ready: true, notReady: [], degraded: ["crews"] }]);

  await registers.crews.start();
  await vi.waitFor(
    async () => expect((await router.ask("{ ships crews }")).body).toEqual(whole),
    PATIENCE,
  );
  expect(router.log.some((line) => line.includes("subgraph answers again"))).toBe(true);
  expect(await health()).toEqual([200, { ready: true, notReady: [], degraded: [] }]);
});
