import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verifyRouterJournal } from "@truc/audit/verifier";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HeldSubgraph } from "../harness/held-subgraph.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";
import { runCommand } from "../start/platform-process.ts";
import { TRUC } from "../start/truc-command.ts";

let held: HeldSubgraph;
let router: TestRouter;
let journal: string;

beforeAll(async () => {
  held = await HeldSubgraph.start();
  router = await TestRouter.start(composeSupergraph([held.subgraph]));
  journal = join(router.directory, "journal");
  for (let round = 0; round < 3; round++)
    await Promise.all([1, 2, 3, 4].map(async () => await router.ask("{ quick }")));
});
afterAll(async () => {
  await router.stop();
  await held.stop();
});

test("what a router keeps in its journal verifies", () => {
  expect(verifyRouterJournal(journal)).toEqual({
    folder: journal,
    records: 12,
    routers: 1,
    findings: [],
    more: 0,
  });
});

test("the command line says so, and needs no key for what nobody signed", async () => {
  const words = [TRUC, "audit", "verify", journal, "--data", router.directory];
  expect(await runCommand(process.execPath, words)).toEqual({
    code: 0,
    stdout: `${journal} holds: 12 records of 1 router processes. Nobody has signed them.\n`,
    stderr: "",
  });
});

test("a record that was changed in it does not", () => {
  const [name] = readdirSync(journal);
  const file = join(journal, name!);
  const before = readFileSync(file, "utf8");
  const outcome = String.raw`\"outcome\":\"answered\"`;
  expect(before).toContain(outcome);
  writeFileSync(file, before.replace(outcome, String.raw`\"outcome\":\"refused\"`));
  try {
    const { findings } = verifyRouterJournal(journal);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: "changed", from: 0 });
  } finally {
    writeFileSync(file, before);
  }
});
