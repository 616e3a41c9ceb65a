import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Facts } from "./facts.ts";
import { expectedFile, readJourneys } from "./journeys.ts";

/** Writes every expected.json anew, from the oracles alone: to be run by hand, and its difference read. */
const facts = new Facts();
const journeys = await readJourneys(facts);
for (const { name, oracle, variables, person = "" } of journeys) {
  writeFileSync(expectedFile(name), JSON.stringify(oracle(facts, variables, person)));
}
execFileSync(
  "oxfmt",
  journeys.map(({ name }) => expectedFile(name)),
  { stdio: "inherit" },
);
