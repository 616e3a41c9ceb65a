import {
  getArgumentValues,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  visit,
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type SelectionSetNode,
} from "graphql";
import type { AnswerShape, CostingField } from "../cost/actual-cost.ts";
import { argumentCost } from "../cost/argument-cost.ts";
import { typeWeight } from "../cost/cost-model.ts";
import type { CostTable } from "../cost/cost-table.ts";
import { isMap } from "../execute/merge.ts";
import { innerKey, type Apart } from "../plan/keep-apart.ts";
import { octetsOf } from "../splice/octets.ts";
import { Piece } from "../splice/piece.ts";
import { collectFields, isIncluded, type Collecting } from "./collect-fields.ts";
import { dependsOnType } from "./depends-on-type.ts";
import { enumTexts, leafForm, leafText, quoted } from "./leaf-text.ts";
import { mayHide, REFUSED, without, withoutHidden } from "./not-shown.ts";
import { objectWriter, type FieldWriter, type WriteField } from "./object-writer.ts";
import type { WriteValue, Writing } from "./writing.ts";

/** What an operation is compiled from. */
export interface Compiling extends Collecting {
  /** The field nodes that come back as null. */
  readonly refused: ReadonlySet<FieldNode>;
  readonly apart: Apart | undefined;
  /** What things weigh. */
  readonly table: CostTable;
}

/** One place of an operation: what is selected of the objects there, and what they cost. */
interface Selected {
  readonly sets: readonly SelectionSetNode[];
  readonly shape: AnswerShape | undefined;
  /** The weight of each object; undefined: its type's. */
  readonly weight: number | undefined;
  /** `Type.field` that gives them. */
  readonly coordinate: string;
}

/** What writes the values of one type at one place. */
interface Value {
  readonly write: WriteValue;
  /** What writes those that are neither null nor an error; gives undefined where they come to nothing. */
  readonly present: WriteValue;
  readonly nullable: boolean;
}

/**
 * Makes a function that writes the data of an operation's answers, as graphql-js would complete it: GraphQL
 * specification, 6.4.3 and 6.4.4. Objects of each type are compiled when one is first met.
 * @param shape what the cost of an answer is counted by
 */
export function compileAnswer(
  root: GraphQLObjectType,
  selected: SelectionSetNode,
  shape: AnswerShape,
  compiling: Compiling,
): WriteValue {
  return new Compiler(compiling).object(root, {
    sets: [selected],
    shape,
    weight: 0,
    coordinate: root.name,
  });
}

class Compiler {
  readonly #compiling: Compiling;

  constructor(compiling: Compiling) {
    this.#compiling = compiling;
  }

  object(type: GraphQLObjectType, selected: Selected): WriteValue {
    let compiled: WriteValue | undefined;
    return (writing, value, depth) =>
      (compiled ??= this.#fields(type, selected))(writing, value, depth);
  }

  #fields(type: GraphQLObjectType, { sets, shape, weight }: Selected): WriteValue {
    const costing = new Map(shape?.of(type).costing.map((field) => [field.key, field]));
    const fields: FieldWriter[] = [];
    for (const [key, nodes] of collectFields(sets, type, this.#compiling)) {
      const field = this.#field(type, key, nodes, costing.get(key));
      if (field !== undefined) fields.push(field);
    }
    const { table } = this.#compiling;
    return objectWriter(fields, weight ?? typeWeight(type, table));
  }

  /** Undefined for a field that the type does not have, which is not answered. */
  #field(
    parent: GraphQLObjectType,
    key: string,
    nodes: readonly FieldNode[],
    costing: CostingField | undefined,
  ): FieldWriter | undefined {
    const { refused, apart } = this.#compiling;
    const node = nodes[0]!;
    const { value: name } = node.name;
    if (name === "__typename") {
      const constant = JSON.stringify(parent.name);
      return { key, inner: key, constant, write: () => constant };
    }
    const field = parent.getFields()[name];
    if (field === undefined) return undefined;
    const failed = isNonNullType(field.type) ? undefined : "null";
    const variables = variablesIn(node);
    const inner = String(innerKey(apart, name, key));
    if (refused.size > 0 && nodes.every((each) => refused.has(each))) {
      const write = withArguments({ field, node, key, failed, variables }, () => failed);
      return { key, inner, write };
    }
    const value = this.#value(field.type, {
      sets: nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
      shape: costing?.gives?.shape,
      weight: costing?.weight,
      coordinate: `${parent.name}.${name}`,
    });
    const fetched = this.#fetched({ key, inner, failed, type: field.type }, value.write);
    const write = withArguments({ field, node, key, failed, variables }, fetched);
    const asking = costing && askingCost(costing, this.#compiling.table);
    const straight = straightForm(getNullableType(field.type), value, asking !== undefined);
    return { key, inner, write, asking, ...(variables.length === 0 ? straight : {}) };
  }

  /** A field whose value is what the fetches brought, or the error they brought instead. */
  #fetched(
    field: {
      key: string;
      inner: string | number;
      /** What stands there when it cannot be answered. */
      failed: string | undefined;
      type: GraphQLOutputType;
    },
    write: WriteValue,
  ): WriteField {
    const { key, inner, failed, type } = field;
    return (writing, source, depth) => {
      const { hiding, withheld, errors } = writing;
      const found = source[inner];
      writing.at[depth] = key;
      // Nothing in it is hidden or kept back, and it has no errors: see splice/.
      if (found instanceof Piece) {
        writing.cost = found.cost;
        return found.text;
      }
      if (found !== null && found !== undefined) {
        const known = mayHide(hiding, type)
          ? withoutHidden(found, type, writing.path(depth + 1), hiding)
          : found;
        const value = withheld.size === 0 ? known : without(withheld, known);
        if (value !== null || known === null) return write(writing, value, depth + 1);
      }
      const error = errors.waiting ? errors.take(writing.path(depth + 1)) : undefined;
      if (error === undefined) return write(writing, null, depth + 1);
      writing.failures.push(error);
      writing.cost = 0;
      return failed;
    };
  }

  /** GraphQL specification, 6.4.3 CompleteValue. */
  #value(type: GraphQLOutputType, selected: Selected): Value {
    if (!isNonNullType(type)) {
      const present = this.#present(type, selected);
      const write: WriteValue = (writing, value, depth) => {
        if (value !== null && value !== undefined && value !== REFUSED) {
          const text = present(writing, value, depth);
          if (text !== undefined) return text;
        }
        writing.cost = 0;
        return "null";
      };
      return { write, present, nullable: true };
    }
    const present = this.#present(type.ofType, selected);
    const message = `Cannot return null for non-nullable field ${selected.coordinate}.`;
    const write: WriteValue = (writing, value, depth) => {
      if (value === REFUSED) return undefined;
      if (value === null || value === undefined) return writing.fail(message, depth);
      return present(writing, value, depth);
    };
    return { write, present, nullable: false };
  }

  /** What is neither null nor an error. */
  #present(type: GraphQLOutputType, selected: Selected): WriteValue {
    if (isListType(type)) return listOf(this.#value(type.ofType, selected), selected.coordinate);
    if (isLeafType(type)) return leaf(type, selected.weight);
    if (isObjectType(type)) return this.object(type, selected);
    return this.#abstract(type as GraphQLAbstractType, selected);
  }

  #abstract(type: GraphQLAbstractType, selected: Selected): WriteValue {
    const { schema, fragments, conditions } = this.#compiling;
    const possible = schema.getPossibleTypes(type);
    const writers = new Map(possible.map((each) => [each.name, this.object(each, selected)]));
    // The plan fetches an object's type wherever the answer depends on it. Where it does not (fields of an interface
    // alone, or of an interface object), every possible type gives the same answer. A type that is named but not known
    // is one callers must not see.
    const depends = dependsOnType(
      selected.sets,
      type,
      (name) => fragments.get(name),
      (selection) => isIncluded(selection, conditions),
    );
    const any = depends || possible[0] === undefined ? undefined : writers.get(possible[0].name);
    const unresolved = `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${selected.coordinate}". Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`;
    return (writing, value, depth) => {
      const name = isMap(value) ? value["__typename"] : undefined;
      const write = typeof name === "string" ? writers.get(name) : undefined;
      if (write !== undefined) return write(writing, value, depth);
      const known = typeof name === "string" ? schema.getType(name) : undefined;
      if (isObjectType(known))
        return writing.fail(
          `Runtime Object type "${known.name}" is not a possible type for "${type.name}".`,
          depth,
        );
      if (any === undefined || (name !== undefined && !isInterfaceType(known)))
        return writing.fail(unresolved, depth);
      if (possible.length > 1) writing.untyped = true;
      return any(writing, value, depth);
    };
  }
}

/** How a field is written where nothing is the matter with its value. */
function straightForm(
  type: GraphQLOutputType,
  { present, nullable }: Value,
  costs: boolean,
): Pick<FieldWriter, "form" | "enums" | "present" | "nullable"> {
  if (!isLeafType(type)) return { form: "object", present, nullable };
  const form = leafForm(type);
  if (costs || form === "other") return {};
  return form === "enum" ? { form, enums: enumTexts(type) } : { form };
}

function listOf({ write, present, nullable }: Value, coordinate: string): WriteValue {
  const message = `Expected Iterable, but did not find one for field "${coordinate}".`;
  return (writing, value, depth) => {
    if (!Array.isArray(value)) return writing.fail(message, depth);
    let text = "";
    let cost = 0;
    for (let index = 0; index < value.length; index++) {
      writing.at[depth] = index;
      const each: unknown = value[index];
      // A list may be long: what there is, and is no error, is written without a detour.
      let item =
        typeof each === "object" && each !== null && each !== REFUSED
          ? present(writing, each, depth + 1)
          : write(writing, each, depth + 1);
      if (item === undefined) {
        if (!nullable) return undefined;
        item = "null";
        writing.cost = 0;
      }
      text += index === 0 ? item : `,${item}`;
      cost += writing.cost;
    }
    writing.cost = cost;
    return `[${text}]`;
  };
}

/** @param weight of each value; undefined where it costs nothing */
function leaf(type: GraphQLLeafType, weight = 0): WriteValue {
  const form = leafForm(type);
  const isText = form === "text";
  const takesAll = form === "any";
  return (writing, value, depth) => {
    writing.cost = weight;
    if (isText && typeof value === "string") return quoted(value);
    // What is not as it usually is may be right all the same, and it is dear to find out that it is not.
    if (writing.isLost && !takesAll) return undefined;
    try {
      return octetsOf(leafText(type, value));
    } catch (error) {
      return writing.fail(error instanceof Error ? error.message : String(error), depth);
    }
  };
}

/** What the arguments of a field cost with the variables of one request. */
function askingCost({ asking }: CostingField, table: CostTable): (writing: Writing) => number {
  if (asking.length === 0) return () => 0;
  return ({ values }) => argumentCost(asking, values, table);
}

function variablesIn({ arguments: given }: FieldNode): readonly string[] {
  const names = new Set<string>();
  for (const argument of given ?? [])
    visit(argument, { Variable: ({ name }) => void names.add(name.value) });
  return [...names];
}

interface WithArguments {
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  readonly key: string;
  /** What stands there when it cannot be answered. */
  readonly failed: string | undefined;
  /** Names of those in its arguments. */
  readonly variables: readonly string[];
}

/**
 * A field fails before it is asked for where its arguments cannot be what it takes: of an operation that is valid, only
 * where a variable is null and the argument, which has a default, must not be.
 */
function withArguments(
  { field, node, key, failed, variables }: WithArguments,
  write: WriteField,
): WriteField {
  if (variables.length === 0) return write;
  return (writing, source, depth) => {
    if (variables.some((name) => writing.values[name] === null)) {
      try {
        getArgumentValues(field, node, writing.values);
      } catch (error) {
        writing.at[depth] = key;
        writing.fail(error instanceof Error ? error.message : String(error), depth + 1);
        writing.cost = 0;
        return failed;
      }
    }
    return write(writing, source, depth);
  };
}
