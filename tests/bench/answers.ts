import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execute, isListType, isNonNullType, isObjectType, type GraphQLOutputType } from "graphql";
import { readFederation } from "../../infra/src/federation.ts";
import { filteredFor } from "../../gateway/router/src/authorize/filtered.ts";
import { Costs } from "../../gateway/router/src/cost/costs.ts";
import { FieldErrors } from "../../gateway/router/src/execute/field-errors.ts";
import { adopt, type ResultMap } from "../../gateway/router/src/execute/merge.ts";
import type { Plan } from "../../gateway/router/src/plan.ts";
import { completeWithGraphql } from "../../gateway/router/src/shape/complete-with-graphql.ts";
import type { Completed } from "../../gateway/router/src/shape/completed.ts";
import { writerFor } from "../../gateway/router/src/shape/writers.ts";
import { answerText } from "../../gateway/router/src/shape/written-data.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";

const QUERY = `query Fifty($pins: [PersonalIdentificationNumber!]!) {
  citizens(ids: $pins) {
    id
    fullName
    birthDate
    identityCard { number issued expires }
    landRights(first: 10) { nodes { parcel { id area place { line } } share { numerator denominator } } }
    companies(first: 10) { nodes { role company { code name status } } }
    healthCard { number paidPercent validFrom validTo }
  }
}`;

/**
 * What it takes to make the body of an answer out of the merged data, its cost included, for fifty citizens over four
 * registers: as it is compiled, and as graphql-js completes it.
 */
export async function run({ quick }: BenchOptions): Promise<BenchRow[]> {
  const schemas = Object.fromEntries(
    readFederation().map(({ name, folder }) => [
      name,
      readFileSync(join(folder, "schema.graphql"), "utf8"),
    ]),
  );
  const supergraph = await loadedSupergraph(schemas);
  const pins = Array.from({ length: 50 }, (_, index) => `9011700${String(index).padStart(5, "0")}`);
  const operation = readOperation(supergraph, QUERY, { pins });
  const texts = Object.values(schemas).join("\n");
  const scopes = new Set([...texts.matchAll(/"([a-z]+:[a-z]+)"/g)].map((match) => match[1]!));
  const filtered = filteredFor(operation, { scopes, search: true });
  const costs = new Costs(20, 100_000);
  const cost = costs.of(supergraph, operation.document, operation.name);
  const { data } = await execute({
    schema: supergraph.api,
    document: operation.document,
    variableValues: { pins },
    rootValue: {},
    fieldResolver: (object: Record<string, unknown>, { ids }, _context, info) =>
      info.fieldName === "citizens"
        ? (ids as string[]).map((id) => ({ id }))
        : (object[info.fieldName] ?? invented(info.returnType)),
  });
  const merged = adopt(data) as ResultMap;
  const plan = { operation, filtered, apart: undefined } as unknown as Plan;
  const errors = new FieldErrors({ apart: undefined, subjects: undefined });
  const write = writerFor(plan, costs)!;
  const body = (completed: Completed): string => {
    const values = completed.data as Record<string, unknown>;
    const actual = cost.actual(values, operation.values);
    return answerText({ data: values, extensions: { cost: { actual } } });
  };
  const ways = {
    compiled: () => body(write({ data: merged, errors })),
    "graphql-js": async () => body(await completeWithGraphql({ plan, data: merged, errors })),
  };
  const [left, right] = [ways.compiled(), await ways["graphql-js"]()];
  if (left !== right) throw new Error(`the two ways answer differently: ${left} ${right}`);
  const times = quick ? 100 : 500;
  const taken: Record<keyof typeof ways, number[]> = { compiled: [], "graphql-js": [] };
  for (let round = -2; round < (quick ? 5 : 15); round += 1) {
    for (const way of ["compiled", "graphql-js"] as const) {
      const before = process.cpuUsage();
      for (let index = 0; index < times; index++) await ways[way]();
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) taken[way].push((user + system) / times);
    }
  }
  return [
    rowOf(`answer of ${left.length} bytes, compiled`, "µs CPU", taken.compiled),
    rowOf(`answer of ${left.length} bytes, graphql-js`, "µs CPU", taken["graphql-js"]),
  ];
}

function invented(type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return invented(type.ofType);
  if (isListType(type)) return [invented(type.ofType), invented(type.ofType)];
  if (isObjectType(type)) return {};
  const name = "name" in type ? type.name : "";
  if ("getValues" in type) return type.getValues()[0]!.value;
  if (["Int", "VND", "Float", "SquareMetres"].includes(name)) return 1;
  return name === "Boolean" ? true : "Nguyễn Thị Hương";
}
