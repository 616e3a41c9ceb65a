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
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { splicedRows } from "./spliced-answers.ts";
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
const PINS = Array.from({ length: 50 }, (_, index) => `9011700${String(index).padStart(5, "0")}`);

/**
 * What it takes to make the body of an answer out of the merged data, its cost included, for fifty citizens over four
 * registers: by what is compiled, by what is compiled for this very answer, and by graphql-js. Then out of the registers'
 * texts: pasted, and parsed and written again.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const { quick } = options;
  const schemas = readFederation().map(({ name, folder }) => {
    return [name, readFileSync(join(folder, "schema.graphql"), "utf8")] as const;
  });
  const supergraph = loadedSupergraph(Object.fromEntries(schemas));
  const texts = schemas.map(([, schema]) => schema).join("\n");
  const scopes = new Set([...texts.matchAll(/"([a-z]+:[a-z]+)"/g)].map((match) => match[1]!));
  const costs = new Costs(20, 100_000);
  const data = await invent(supergraph);
  const given = {
    data,
    errors: new FieldErrors({ apart: undefined, subjects: undefined }),
    withheld: new Set<ResultMap>(),
  };
  const planned = (): Plan => {
    const operation = readOperation(supergraph, QUERY, { pins: PINS });
    const filtered = filteredFor(operation, { scopes, search: true });
    costs.of(supergraph, filtered.document!, operation.name);
    return { operation, filtered, apart: undefined } as unknown as Plan;
  };
  const body = ({ operation, filtered }: Plan, completed: Completed): string => {
    const values = completed.data as ResultMap;
    const cost = costs.of(supergraph, filtered.document!, operation.name);
    const actual = cost.actual(values, operation.values);
    return answerText({ data: values, extensions: { cost: { actual } } });
  };
  const compiled = (plan: Plan): string => body(plan, writerFor(plan, costs)!(given));
  const graphql = async (plan: Plan): Promise<string> =>
    body(plan, await completeWithGraphql({ plan, ...given }));
  const plan = planned();
  const bytes = Buffer.byteLength(compiled(plan));
  if (compiled(plan) !== (await graphql(plan))) throw new Error("the two ways answer differently");
  const times = quick ? 50 : 300;
  const same = Array.from({ length: times }, () => plan);
  const taken = { compiled: [] as number[], anew: [] as number[], graphql: [] as number[] };
  for (let round = -2; round < (quick ? 5 : 15); round += 1) {
    const figures = {
      compiled: await micros(same, compiled),
      anew: await micros(Array.from({ length: 50 }, planned), compiled),
      graphql: await micros(same, graphql),
    };
    if (round < 0) continue;
    for (const way of ["compiled", "anew", "graphql"] as const) taken[way].push(figures[way]);
  }
  const what = `body of fifty citizens (${bytes} bytes)`;
  return [
    rowOf(`${what}, compiled`, "µs CPU", taken.compiled),
    rowOf(`${what}, compiled for it`, "µs CPU", taken.anew),
    rowOf(`${what}, graphql-js`, "µs CPU", taken.graphql),
    ...(await splicedRows(
      { supergraph, schemas, scopes, query: QUERY, pins: PINS, invented: inventedOf },
      options,
    )),
  ];
}

/** CPU of this process for each plan, in microseconds. */
async function micros(
  plans: readonly Plan[],
  answer: (plan: Plan) => string | Promise<string>,
): Promise<number> {
  const before = process.cpuUsage();
  for (const plan of plans) await answer(plan);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / plans.length;
}

/** The data of the query, as the fetches would have brought it together. */
async function invent(supergraph: Supergraph): Promise<ResultMap> {
  const { document } = readOperation(supergraph, QUERY, { pins: PINS });
  const { data } = await execute({
    schema: supergraph.api,
    document,
    variableValues: { pins: PINS },
    rootValue: {},
    fieldResolver: (object: Record<string, unknown>, { ids }, _context, info) =>
      info.fieldName === "citizens"
        ? (ids as string[]).map((id) => ({ id }))
        : (object[info.fieldName] ?? invented(info.returnType)),
  });
  return adopt(data) as ResultMap;
}

/** What a subgraph answers: objects are told apart by their types' names. */
function inventedOf(type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return inventedOf(type.ofType);
  if (isListType(type)) return [inventedOf(type.ofType), inventedOf(type.ofType)];
  return isObjectType(type) ? { __typename: type.name } : invented(type);
}

function invented(type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return invented(type.ofType);
  if (isListType(type)) return [invented(type.ofType), invented(type.ofType)];
  if (isObjectType(type)) return {};
  if ("getValues" in type) return type.getValues()[0]!.value;
  if (["Int", "VND", "Float", "SquareMetres"].includes(type.name)) return 1;
  return type.name === "Boolean" ? true : "Nguyễn Thị Hương";
}
