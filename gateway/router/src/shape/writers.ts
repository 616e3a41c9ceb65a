import { visit, type DocumentNode, type FieldNode } from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import { LRUCache } from "lru-cache";
import type { Costs } from "../cost/costs.ts";
import { operationIn } from "../operation-in.ts";
import { OperationCache } from "../operation-cache.ts";
import type { Plan } from "../plan.ts";
import { conditionVariables } from "../plan/conditions.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { compileAnswer } from "./compile-answer.ts";
import type { Completed, Completing } from "./completed.ts";
import { WrittenData } from "./written-data.ts";
import { Writing, type WriteValue } from "./writing.ts";

/** Completes the merged data of one answer. */
export type Write = (completing: Omit<Completing, "plan">) => Completed;

/** What is compiled of one operation with the same fields refused. */
interface Compiled {
  /** The variables its conditions depend on. */
  readonly conditions: readonly string[];
  readonly introspects: boolean;
  /** Its place among such operations. */
  readonly number: number;
  /** What writes the answers of an operation without conditions, by how the fetches' keys differ from the caller's. */
  readonly only: Map<string, WriteValue>;
}

/** Writers remembered for one supergraph that depend on conditions: an operation may have very many. */
const MAX_CONDITIONAL_WRITERS = 2_000;

const known = new OperationCache<WeakMap<ReadonlySet<FieldNode>, Compiled>>();
const conditional = new WeakMap<Supergraph, LRUCache<string, WriteValue>>();
let operations = 0;

/**
 * What writes the answers to an operation, compiled once for each supergraph, document, operation name, set of refused
 * fields and outcome of its conditions. Undefined for what graphql-js has to complete: operations that introspect, and
 * conditions that are neither true nor false.
 */
export function writerFor(plan: Plan, costs: Costs): Write | undefined {
  const { operation, filtered } = plan;
  const { supergraph, name, values } = operation;
  const { asked: document, refused, hidden } = filtered;
  const byRefused = known.get({ supergraph, document, name }, () => new WeakMap());
  let compiled = byRefused.get(refused);
  if (compiled === undefined) byRefused.set(refused, (compiled = lookOver(document)));
  if (compiled.introspects) return undefined;
  let way = plan.apart?.prefix ?? "";
  for (const variable of compiled.conditions) {
    const value = values[variable];
    if (typeof value !== "boolean") return undefined;
    way += value ? " 1" : " 0";
  }
  const writers = compiled.conditions.length === 0 ? compiled.only : conditionalOf(supergraph);
  const place = compiled.conditions.length === 0 ? way : `${compiled.number} ${way}`;
  let found = writers.get(place);
  if (found === undefined) {
    found = compile(plan, compiled.conditions, costs);
    writers.set(place, found);
  }
  const writeData = found;
  return ({ data, errors, withheld }) => {
    const hiding = { hidden, schema: supergraph.api, at: [] };
    const writing = new Writing({ values, errors, withheld, hiding });
    const text = writeData(writing, data, 0);
    const cost = writing.untyped ? undefined : writing.cost;
    return {
      data: text === undefined ? null : new WrittenData(text, cost),
      failures: writing.failures,
      hiddenAt: hiding.at,
    };
  };
}

function lookOver(document: DocumentNode): Compiled {
  let introspects = false;
  visit(document, {
    Field({ name }) {
      introspects ||= name.value === "__schema" || name.value === "__type";
    },
  });
  operations += 1;
  const conditions = conditionVariables(document) ?? [];
  return { conditions, introspects, number: operations, only: new Map() };
}

function conditionalOf(supergraph: Supergraph): LRUCache<string, WriteValue> {
  let writers = conditional.get(supergraph);
  if (writers === undefined) {
    writers = new LRUCache({ max: MAX_CONDITIONAL_WRITERS });
    conditional.set(supergraph, writers);
  }
  return writers;
}

function compile(
  { operation, filtered, apart }: Plan,
  conditions: readonly string[],
  costs: Costs,
): WriteValue {
  const { supergraph, name, values } = operation;
  const { asked, document, refused } = filtered;
  const definition = operationIn(asked, name);
  const root = supergraph.api.getRootType(definition.operation);
  if (root === undefined || root === null || document === undefined)
    throw new Error("there is nothing to answer");
  const { shape } = costs.of(supergraph, document, name);
  const fragments = fragmentsIn(asked);
  return compileAnswer(root, definition.selectionSet, shape, {
    schema: supergraph.api,
    fragments,
    conditions: new Map(conditions.map((variable) => [variable, values[variable] === true])),
    refused,
    apart,
    table: supergraph.costs,
  });
}
