import { execute as answerWith, parse, type GraphQLOutputType } from "graphql";
import type { Budget } from "../../gateway/router/src/admit.ts";
import { filteredFor } from "../../gateway/router/src/authorize/filtered.ts";
import { Costs } from "../../gateway/router/src/cost/costs.ts";
import { execute } from "../../gateway/router/src/execute.ts";
import type {
  MeasuredAnswer,
  SubgraphClients,
  SubgraphFetch,
} from "../../gateway/router/src/execute/subgraph-clients.ts";
import { planFor } from "../../gateway/router/src/plan.ts";
import { subjectsOf } from "../../gateway/router/src/record/subjects.ts";
import { shape } from "../../gateway/router/src/shape.ts";
import { answerText } from "../../gateway/router/src/shape/written-data.ts";
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { readOperation } from "../harness/loaded-supergraph.ts";
import { executableSchema } from "../harness/stub-federation.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";

/** What is measured: an operation, and whose data it asks for. */
export interface SplicedQuestion {
  readonly supergraph: Supergraph;
  /** Each subgraph's, by its name. */
  readonly schemas: readonly (readonly [string, string])[];
  readonly scopes: ReadonlySet<string>;
  readonly query: string;
  readonly pins: readonly string[];
  /** What is answered. */
  readonly invented: (type: GraphQLOutputType) => unknown;
}

/**
 * From the texts of four registers to the text of the answer, its cost and whose data it is: their texts read and
 * pasted, and the same texts parsed and written again. Fetches, permits and HTTP are not in it.
 * @throws Error where the two ways differ
 */
export async function splicedRows(
  question: SplicedQuestion,
  { quick }: BenchOptions,
): Promise<BenchRow[]> {
  const answer = prepared(question);
  const [parsed, read] = [await answer(false), await answer(true)];
  if (parsed !== read) throw new Error("answers that are read and parsed ones differ");
  // Regular expressions, too, are compiled when they have been used for a while.
  const times = 200;
  const taken = { read: [] as number[], parsed: [] as number[] };
  for (let round = -2; round < (quick ? 5 : 15); round += 1) {
    for (const way of ["read", "parsed"] as const) {
      const before = process.cpuUsage();
      for (let done = 0; done < times; done += 1) await answer(way === "read");
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) taken[way].push((user + system) / times);
    }
  }
  const what = "answer out of four registers' texts";
  return [
    rowOf(`${what}, read and pasted`, "µs CPU", taken.read),
    rowOf(`${what}, parsed and written`, "µs CPU", taken.parsed),
  ];
}

function prepared({ supergraph, schemas, scopes, query, pins, invented }: SplicedQuestion) {
  const request = { requestId: "bench", trace: {}, onLeft: () => {} };
  const read = readOperation(supergraph, query, { pins });
  const operation = Object.assign(read, { request, digest: "", extensions: {} });
  const filtered = filteredFor(operation, { scopes, search: true });
  const rights = { scopes, limits: { search: true } };
  const budget = { permit: { operation, filtered, rights, caller: {} } } as unknown as Budget;
  const plan = planFor(budget);
  const costs = new Costs(20, 100_000);
  const subgraphs = new Map(schemas.map(([name, text]) => [name, executableSchema(text)]));
  const texts = new Map<string, string>();
  let reads = true;
  const textOf = async (name: string, fetch: SubgraphFetch): Promise<string> => {
    const key = `${name} ${fetch.query}`;
    const known = texts.get(key);
    if (known !== undefined) return known;
    const result = await answerWith({
      schema: subgraphs.get(name)!,
      document: parse(fetch.query),
      variableValues: {
        ...fetch.variables,
        representations: JSON.parse(fetch.representations?.text ?? "[]") as unknown,
      },
      rootValue: {},
      fieldResolver: (object: Record<string, unknown>, args, _context, info) => {
        if (info.fieldName === "_entities") return args["representations"] as unknown;
        return info.fieldName === "citizens"
          ? pins.map((id) => ({ __typename: "Citizen", id }))
          : (object[info.fieldName] ?? invented(info.returnType));
      },
      typeResolver: (object: { __typename: string }) => object.__typename,
    });
    const text = Buffer.from(JSON.stringify(result)).toString("utf8");
    texts.set(key, text);
    return text;
  };
  const clients = {
    fetch: async (name: string, fetch: SubgraphFetch) => {
      const text = await textOf(name, fetch);
      // The first answer to a fetch is never read.
      const given = reads ? (fetch.reader?.(text) ?? fetch.reader?.(text)) : undefined;
      if (reads && given === undefined) throw new Error(`the answer of ${name} was not read`);
      return { ...(given ?? (JSON.parse(text) as MeasuredAnswer)), bytes: text.length };
    },
  } as unknown as SubgraphClients;
  const house = { clients, deadlineMs: 60_000, costs, rights: { ownerOf: () => undefined } };
  const cost = costs.of(supergraph, filtered.document!, operation.name);
  return async (byReading: boolean): Promise<string> => {
    reads = byReading;
    const execution = await execute(plan, budget, house, {});
    const { data } = await shape(execution, house);
    const { objects } = subjectsOf(execution);
    const actual = cost.actual(data, operation.values);
    return answerText({ data: data!, extensions: { cost: { actual }, objects } });
  };
}
