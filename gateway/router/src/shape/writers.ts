import {
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
} from "graphql";
import type { Costs } from "../cost/costs.ts";
import { operationIn } from "../cost/operation-in.ts";
import type { Execution } from "../execute.ts";
import { OperationCache } from "../operation-cache.ts";
import type { Plan } from "../plan.ts";
import { conditionVariables } from "../plan/conditions.ts";
import { compileAnswer } from "./compile-answer.ts";
import type { Completed } from "./completed.ts";
import { WrittenData } from "./written-data.ts";
import { Writing, type WriteValue } from "./writing.ts";

/** Completes the merged data of one answer. */
export type Write = (execution: Pick<Execution, "data" | "errors">) => Completed;

/** What is compiled of one operation with the same fields refused. */
interface Compiled {
  /** The variables its conditions depend on. */
  readonly conditions: readonly string[];
  readonly introspects: boolean;
  /** By what the conditions turn out to be, and how the fetches' keys differ from the caller's. */
  readonly writers: Map<string, WriteValue>;
}

/** Ways remembered in which the conditions of one operation turn out. */
const MAX_WAYS = 64;

const known = new OperationCache<WeakMap<ReadonlySet<FieldNode>, Compiled>>();

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
  let write = compiled.writers.get(way);
  if (write === undefined) {
    write = compile(plan, compiled.conditions, costs);
    if (compiled.writers.size >= MAX_WAYS) compiled.writers.clear();
    compiled.writers.set(way, write);
  }
  const writeData = write;
  return ({ data, errors }) => {
    const hiding = { hidden, schema: supergraph.api, at: [] };
    const writing = new Writing({ values, errors, withheld: errors.withheld(data), hiding });
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
  return { conditions: conditionVariables(document) ?? [], introspects, writers: new Map() };
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
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of asked.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  return compileAnswer(root, definition.selectionSet, shape, {
    schema: supergraph.api,
    fragments,
    conditions: new Map(conditions.map((variable) => [variable, values[variable] === true])),
    refused,
    apart,
    table: supergraph.costs,
  });
}
