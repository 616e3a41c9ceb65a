import {
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  visit,
  type ArgumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { AnswerShape, CostingField } from "../cost/actual-cost.ts";
import { argumentCost } from "../cost/argument-cost.ts";
import { typeWeight } from "../cost/cost-model.ts";
import type { CostTable } from "../cost/cost-table.ts";
import { innerKey, type Apart } from "../plan/keep-apart.ts";
import type { KeyReader } from "../record/key-readers.ts";
import type { Walk } from "../record/subjects.ts";
import { collectFields, type Collecting } from "../shape/collect-fields.ts";
import { isKnownLeaf } from "./leaf-scan.ts";
import type { Answered, ScannedField, ScannedObject, ScannedValue } from "./scanned.ts";

/** What the caller asked, and what is left of it. */
export interface Asking extends Collecting {
  /** The schema that callers see. */
  readonly schema: GraphQLSchema;
  readonly definition: OperationDefinitionNode;
  readonly refused: ReadonlySet<FieldNode>;
  readonly apart: Apart | undefined;
  readonly table: CostTable;
}

/** What the caller asked of the objects at one place. */
export interface AskedThere {
  readonly sets: readonly SelectionSetNode[];
  readonly shape: AnswerShape | undefined;
  /** The weight of each value; undefined: its type's. */
  readonly weight: number | undefined;
}

/** One place of a fetch: what was selected of its objects, and who wants to know what of them. */
interface There {
  /** As the fetch selects. */
  readonly sets: readonly SelectionSetNode[];
  /** As the caller does; undefined where she does not. */
  readonly asked: AskedThere | undefined;
  /** How it is found out whose data they are; undefined where nobody wants to know. */
  readonly walk: Walk | undefined;
  /** What is read of the values, where they lead to the key of whose data the object around holds. */
  readonly reader: KeyReader | undefined;
}

/**
 * Works out what text to expect of values that nobody but the caller looks into, and what of it she gets. Whatever
 * cannot be known before is undefined: interfaces and unions, costs or failures that depend on variables, negative
 * weights, a null that would bubble.
 */
export class Scanning {
  readonly #fetched: Collecting;
  readonly #asking: Asking;

  constructor(fetched: Collecting, asking: Asking) {
    this.#fetched = fetched;
    this.#asking = asking;
  }

  /** @param type as callers see it where it is asked for, and as the planner does where it is not */
  value(type: GraphQLOutputType, there: There): ScannedValue | undefined {
    if (isNonNullType(type)) {
      const value = this.value(type.ofType as GraphQLOutputType, there);
      return value && (value.kind === "name" ? value : { ...value, nullable: false });
    }
    if (isListType(type)) {
      const item = this.value(type.ofType as GraphQLOutputType, there);
      return item && { kind: "list", nullable: true, item };
    }
    if (isLeafType(type)) {
      const cost = there.asked?.weight ?? 0;
      if (!isKnownLeaf(type) || cost < 0) return undefined;
      const { reader } = there;
      return { kind: "leaf", nullable: true, type, cost, reader };
    }
    return isObjectType(type) ? this.#object(type, there) : undefined;
  }

  #object(type: GraphQLObjectType, there: There): ScannedObject | undefined {
    const { asked, walk, reader } = there;
    const known = this.#fetched.schema.getType(type.name);
    if (!isObjectType(known)) return undefined;
    const collected = collectFields(there.sets, known, this.#fetched);
    const readers = walk?.readers ?? reader?.inner ?? [];
    if (readers.some((each) => !collected.has(each.key) || each.owner !== type.name))
      return undefined;
    const wanted = asked && this.#asked(type, asked);
    if (asked !== undefined && wanted === undefined) return undefined;
    const fields: ScannedField[] = [];
    const answered = new Map<string, Answered>();
    for (const [key, nodes] of collected) {
      const want = wanted?.fields.get(key);
      const value = this.#field(known, key, nodes, {
        walk,
        want,
        reader: readers.find((each) => each.key === key),
      });
      if (value === undefined) return undefined;
      if (want !== undefined) answered.set(want.key, { key: want.key, field: fields.length });
      fields.push({ key, value });
    }
    const order = wanted?.order.map(
      (each) => answered.get(each.key) ?? (each.constant === undefined ? undefined : each),
    );
    if (order?.includes(undefined) === true) return undefined;
    return {
      kind: "object",
      nullable: true,
      fields,
      answered: order as readonly Answered[] | undefined,
      cost: wanted?.cost ?? 0,
      owned: walk?.owned === true ? { around: walk.around } : undefined,
    };
  }

  #field(
    parent: GraphQLObjectType,
    key: string,
    nodes: readonly FieldNode[],
    {
      walk,
      want,
      reader,
    }: { walk: Walk | undefined; want: Want | undefined; reader: KeyReader | undefined },
  ): ScannedValue | undefined {
    const { value: name } = nodes[0]!.name;
    if (name === "__typename")
      return want === undefined && reader === undefined
        ? { kind: "name", type: parent.name }
        : undefined;
    const field = parent.getFields()[name];
    if (field === undefined || (want !== undefined && want.name !== name)) return undefined;
    const place = walk?.places.find((each) => each.key === key);
    // Whose data stands behind an interface or union is known from the objects alone.
    if (place !== undefined && place.only === undefined) return undefined;
    return this.value(want?.type ?? field.type, {
      sets: nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
      asked: want?.there,
      walk: place?.only,
      reader,
    });
  }

  /** What the caller gets of an object: by the key under which it is fetched, and in her order. */
  #asked(type: GraphQLObjectType, { sets, shape, weight }: AskedThere): Wanted | undefined {
    const { refused, apart, table } = this.#asking;
    const costing = new Map(shape?.of(type).costing.map((field) => [field.key, field]));
    const fields = new Map<string, Want>();
    const order: { key: string; constant?: string }[] = [];
    let cost = weight ?? typeWeight(type, table);
    if (cost < 0) return undefined;
    for (const [key, nodes] of collectFields(sets, type, this.#asking)) {
      const node = nodes[0]!;
      const { value: name } = node.name;
      if (name === "__typename") {
        order.push({ key, constant: JSON.stringify(type.name) });
        continue;
      }
      const field = type.getFields()[name];
      if (field === undefined) continue;
      if ((node.arguments ?? []).some((each) => this.#canFail(each, field))) return undefined;
      if (refused.size > 0 && nodes.every((each) => refused.has(each))) {
        if (isNonNullType(field.type)) return undefined;
        order.push({ key, constant: "null" });
        continue;
      }
      const own = costing.get(key);
      const asking = this.#costOfArguments(own);
      if (asking === undefined || (own?.weight ?? 0) < 0) return undefined;
      cost += asking;
      order.push({ key });
      const inner = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      fields.set(String(innerKey(apart, name, key)), {
        key,
        name,
        type: field.type,
        there: { sets: inner, shape: own?.gives?.shape, weight: own?.weight },
      });
    }
    return { fields, order, cost };
  }

  /** Whether an argument may turn out to be what the field does not take: null, of a variable that may be that. */
  #canFail(given: ArgumentNode, { args }: GraphQLField<unknown, unknown>): boolean {
    const { variableDefinitions = [] } = this.#asking.definition;
    const nullable = variableDefinitions.filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE);
    const names = new Set(nullable.map(({ variable }) => variable.name.value));
    if (!variablesIn(given).some((name) => names.has(name))) return false;
    const taken = args.find(({ name }) => name === given.name.value)?.type;
    return given.value.kind !== Kind.VARIABLE || taken === undefined || isNonNullType(taken);
  }

  #costOfArguments(costing: CostingField | undefined): number | undefined {
    const asking = costing?.asking ?? [];
    if (asking.length === 0) return 0;
    if (asking.some(({ node }) => variablesIn(node).length > 0)) return undefined;
    const cost = argumentCost(asking, {}, this.#asking.table);
    return cost < 0 ? undefined : cost;
  }
}

interface Want {
  /** Response key in the answer. */
  readonly key: string;
  /** The field's. */
  readonly name: string;
  readonly type: GraphQLOutputType;
  readonly there: AskedThere;
}

interface Wanted {
  /** By the response key under which they are fetched. */
  readonly fields: ReadonlyMap<string, Want>;
  readonly order: readonly { readonly key: string; readonly constant?: string }[];
  /** What each object costs, without the values within. */
  readonly cost: number;
}

function variablesIn(node: ArgumentNode): readonly string[] {
  const names: string[] = [];
  visit(node, { Variable: ({ name }) => void names.push(name.value) });
  return names;
}
