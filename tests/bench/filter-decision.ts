import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Kind, parse, type OperationDefinitionNode } from "graphql";
import { filterOperation } from "../../gateway/router/src/authorize/filter/filter-operation.ts";
import { filteredFor } from "../../gateway/router/src/authorize/filtered.ts";
import type { Operation } from "../../gateway/router/src/read.ts";
import { loadSupergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { ROOT } from "../../infra/src/federation.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";

/**
 * What it costs to decide what of an operation a caller may have: journey 1's query over four registers, asked by
 * somebody who lacks a scope of each, decided anew and looked up.
 */
export async function filterDecision({ quick }: BenchOptions): Promise<BenchRow[]> {
  const supergraph = loadSupergraph(readFileSync(join(ROOT, "infra/supergraph.graphql"), "utf8"));
  const text = readFileSync(join(ROOT, "tests/journeys/1-my-records/query.graphql"), "utf8");
  const document = parse(text);
  const definition = document.definitions.find(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  const operation = {
    document,
    definition,
    name: null,
    values: {},
    supergraph,
  } as unknown as Operation;
  const scopes = new Set([
    "population:identity",
    "population:residence",
    "land:parcel",
    "land:rights",
    "business:profile",
    "insurance:card",
  ]);
  const held = { scopes, search: true };
  const rounds = quick ? 5 : 25;
  const anew = timed(rounds, 50, () => filterOperation({ document, definition }, supergraph, held));
  const known = timed(rounds, 20_000, () => filteredFor(operation, held));
  return [
    rowOf("filter decision, uncached", "µs", anew),
    rowOf("filter decision, cached", "µs", known),
  ];
}

/** Microseconds a call, one figure a round; the first rounds warm up and are not counted. */
function timed(rounds: number, calls: number, call: () => unknown): number[] {
  const figures: number[] = [];
  for (let round = -3; round < rounds; round += 1) {
    const began = performance.now();
    for (let index = 0; index < calls; index += 1) call();
    if (round >= 0) figures.push(((performance.now() - began) * 1_000) / calls);
  }
  return figures;
}
