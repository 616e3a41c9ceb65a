import {
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  valueFromAST,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLObjectType,
  type ValueNode,
} from "graphql";
import { subjectKey } from "../plan/ask-subjects.ts";
import type { FetchNode } from "../supergraph/planner.ts";
import type { ResultMap } from "./merge.ts";
import type { Compiling } from "./plan-steps.ts";
import type { RepresentationTexts } from "./representation-texts.ts";
import type { Run } from "./run.ts";

/** One field of an entity's key, and what the caller has given for it. */
interface KeyValue {
  readonly key: string;
  /** The response keys under which it stands in the entity. */
  readonly names: string[];
  /** A variable's name, or the value itself. */
  readonly given: { readonly variable: string } | { readonly value: unknown };
}

/** An entity that may be asked for before it is known whether it is there. */
export interface EarlyEntity {
  /** The response key under which it is to stand in the root. */
  readonly key: string;
  /** Its type and key, under all the names by which they are read. */
  readonly known: ResultMap;
  /** Its representation. */
  readonly text: string;
}

/**
 * The key of the one entity that a fetch asks for, where it is what the arguments of the root field say that the entity
 * stands under. Such a fetch need not wait until the root field is answered, where nothing depends on it what the fetch
 * may see: the caller has no limits on rows, or asks for one of the people whom her permit names.
 */
export class EarlyKey {
  readonly #key: string;
  readonly #type: string;
  readonly #values: readonly KeyValue[];
  readonly #texts: RepresentationTexts;

  private constructor(
    key: string,
    type: string,
    values: readonly KeyValue[],
    texts: RepresentationTexts,
  ) {
    this.#key = key;
    this.#type = type;
    this.#values = values;
    this.#texts = texts;
  }

  /**
   * @param key the response key under which the entity stands in the root
   * @returns undefined where it has to be waited for
   */
  static of(
    key: string,
    texts: RepresentationTexts,
    { supergraph, asked, lookUps }: Compiling,
  ): EarlyKey | undefined {
    const { planner, entities, subjects } = supergraph;
    const node = lookUps.flatMap((lookUp) => rootField(lookUp, key) ?? [])[0];
    const field = node && planner.schema.getQueryType()?.getFields()[node.name.value];
    const type = field && getNullableType(field.type);
    if (!isObjectType(type) || !entities.has(type.name)) return undefined;
    const values = keyValues(node!, field!.args, type, texts.keysOf(type.name) ?? []);
    if (values === undefined) return undefined;
    // Whose data is read must be known though the look-up may say nothing.
    const { steps, around } = subjects.types.get(type.name) ?? NOBODYS;
    if (around || !steps.every((step) => values.some((each) => each.key === step.field)))
      return undefined;
    for (const step of steps)
      values.find((each) => each.key === step.field)!.names.push(subjectKey(asked.prefix, step));
    return new EarlyKey(key, type.name, values, texts);
  }

  /** The entity that this request may ask for at once; undefined where it may not. */
  entityFor(run: Run): EarlyEntity | undefined {
    const { limits, pins } = run.budget.permit.rights;
    const { values } = run.plan.operation;
    const known: ResultMap = { __typename: this.#type };
    for (const { names, given } of this.#values) {
      const value = "value" in given ? given.value : values[given.variable];
      if (!isKey(value)) return undefined;
      for (const name of names) known[name] = value;
    }
    const isUnlimited = limits.subjects === "any" && limits.provinces === undefined;
    const [only] = this.#values;
    const isPerson = this.#type === run.people && this.#values.length === 1;
    if (!isUnlimited && !(isPerson && pins?.some((pin) => pin === known[only!.key])))
      return undefined;
    const text = this.#texts.of(known);
    return typeof text === "string" ? { key: this.#key, known, text } : undefined;
  }
}

function isKey(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

const NOBODYS = { steps: [], around: false };

/** The field of a query's look-up that stands under a response key of the root. */
function rootField(
  { operationKind, operationDocumentNode }: FetchNode,
  key: string,
): FieldNode | undefined {
  if (operationKind !== "query") return undefined;
  for (const definition of operationDocumentNode?.definitions ?? []) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const each of definition.selectionSet.selections)
      if (each.kind === Kind.FIELD && (each.alias ?? each.name).value === key) return each;
  }
  return undefined;
}

/** @returns undefined unless the arguments are exactly the fields of the key, and of their types */
function keyValues(
  { arguments: given = [] }: FieldNode,
  args: readonly GraphQLArgument[],
  type: GraphQLObjectType,
  keys: readonly string[],
): KeyValue[] | undefined {
  if (keys.length === 0 || keys.length !== given.length) return undefined;
  const values: KeyValue[] = [];
  for (const key of keys) {
    const node = given.find(({ name }) => name.value === key)?.value;
    const field = type.getFields()[key];
    const argument = args.find(({ name }) => name === key);
    if (node === undefined || field === undefined || argument === undefined) return undefined;
    const leaf = getNamedType(field.type);
    const isSame = isLeafType(leaf) && getNamedType(argument.type) === leaf;
    const isOne = ![field.type, argument.type].some((each) => isListType(getNullableType(each)));
    if (!isSame || !isOne) return undefined;
    values.push({ key, names: [key], given: givenBy(node, argument) });
  }
  return values;
}

function givenBy(node: ValueNode, { type }: GraphQLArgument): KeyValue["given"] {
  return node.kind === Kind.VARIABLE
    ? { variable: node.name.value }
    : { value: valueFromAST(node, type) as unknown };
}
