import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { Costs } from "../../gateway/router/src/cost/costs.ts";
import { loadSupergraph, type Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { readOperation } from "../harness/loaded-supergraph.ts";

/** A tenth of what an answer may be estimated to hold unless MAX_VALUES says otherwise. */
const TENTH = 20_000;
const LIST_SIZE = 20;

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const JOURNEYS = readdirSync(new URL("../journeys", import.meta.url))
  .filter((name) => /^\d/.test(name))
  .map((name): [string, string, Record<string, unknown>] => {
    const { variables } = JSON.parse(read(`../journeys/${name}/case.json`)) as {
      variables: Record<string, unknown>;
    };
    return [name, read(`../journeys/${name}/query.graphql`), variables];
  });

let supergraph: Supergraph;
beforeAll(() => {
  supergraph = loadSupergraph(read("../../infra/supergraph.graphql"));
});

function tooMany(query: string, variables: Record<string, unknown>, maxValues: number) {
  const operation = readOperation(supergraph, query, variables);
  const { document } = operation;
  const whole = { document, asked: document, refused: new Set<never>() };
  return new Costs(LIST_SIZE, maxValues).tooManyValues(operation, whole);
}

test("all six journeys are looked at", () => {
  expect(JOURNEYS).toHaveLength(6);
});

describe("far from the bound of answers is", () => {
  test.each(JOURNEYS)("the journey %s", (_name, query, variables) => {
    expect(tooMany(query, variables, TENTH)).toBeUndefined();
  });
});

test("four registers' worth of fifty citizens fits, and of five hundred at once does not", () => {
  const query = read("../statements/query.graphql");
  const ask = (citizens: number, maxValues: number) =>
    tooMany(query, { ids: Array(citizens).fill("079300001234"), on: "2026-11-15" }, maxValues);
  expect(ask(50, 100_000)).toBeUndefined();
  expect(ask(500, 200_000)).toMatchObject({ maxValues: 200_000 });
});
