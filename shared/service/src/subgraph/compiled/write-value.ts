import {
  defaultTypeResolver,
  getNamedType,
  GraphQLError,
  type GraphQLAbstractType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLTypeResolver,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { OperationContext } from "../operation-context.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import { type FieldFacts, FieldInfo } from "./field-info.ts";
import { leafText } from "./leaf-text.ts";
import { isPromise } from "./is-promise.ts";
import { leaveAlone } from "./leave-alone.ts";
import { Late, Pending, type Text, Unfinished } from "./pending.ts";
import { Place } from "./place.ts";
import type { Run } from "./run.ts";
import type { ObjectWriter } from "./write-object.ts";

/**
 * Writes what a resolver gave as its type says (section 6.4.3 of the specification, CompleteValue).
 * @throws anything where the value does not fit; whoever holds the place says where
 */
export type WriteValue = (run: Run, value: unknown, place: Place) => Text;

/** Makes the writer of a field's values; objects of one type are compiled when the first one comes. */
export function valueWriter(
  operation: CompiledOperation,
  facts: FieldFacts,
  type: GraphQLOutputType,
): WriteValue {
  if (isNonNullType(type)) {
    const write = valueWriter(operation, facts, type.ofType);
    const { parentType, fieldName } = facts;
    return (run, value, place) => {
      const text = write(run, value, place);
      if (text !== null) return text;
      throw new Error(`Cannot return null for non-nullable field ${parentType.name}.${fieldName}.`);
    };
  }
  const write = nullableWriter(operation, facts, type);
  return (run, value, place) => {
    if (value === null || value === undefined) return null;
    if (value instanceof Error) throw value;
    return write(run, value, place);
  };
}

function nullableWriter(
  operation: CompiledOperation,
  facts: FieldFacts,
  type: GraphQLOutputType,
): WriteValue {
  if (isListType(type)) return listWriter(operation, facts, type.ofType);
  if (isLeafType(type)) {
    const text = leafText(type);
    return (_run, value) => text(value);
  }
  if (isAbstractType(type)) return abstractWriter(operation, facts, type);
  let writer: ObjectWriter | undefined;
  return (run, value, place) => {
    writer ??= operation.objectWriter(facts, type as GraphQLObjectType);
    return writer.write(run, value, place);
  };
}

function listWriter(
  operation: CompiledOperation,
  facts: FieldFacts,
  itemType: GraphQLOutputType,
): WriteValue {
  const write = valueWriter(operation, facts, itemType);
  const nullable = !isNonNullType(itemType);
  return (run, value, place) => {
    const items = itemsOf(value, facts);
    let text = "[";
    let parts: (string | Pending)[] | undefined;
    for (let index = 0; index < items.length; index++) {
      if (index > 0) text += ",";
      const at = new Place(place, index, undefined);
      const item = items[index];
      let written: Text;
      try {
        written = isPromise(item) ? new Late(run, at, facts, item, write) : write(run, item, at);
      } catch (raw) {
        if (!nullable) leaveAlone(items.slice(index + 1));
        written = run.failed(raw, facts, at, nullable);
      }
      if (written instanceof Pending) {
        written.nullable = nullable;
        (parts ??= []).push(text, written);
        text = "";
      } else text += written ?? "null";
    }
    text += "]";
    if (parts === undefined) return text;
    parts.push(text);
    return new Unfinished(place, parts);
  };
}

function itemsOf(value: unknown, { parentType, fieldName }: FieldFacts): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null && Symbol.iterator in value)
    return Array.from(value as Iterable<unknown>);
  throw new GraphQLError(
    `Expected Iterable, but did not find one for field "${parentType.name}.${fieldName}".`,
  );
}

function abstractWriter(
  operation: CompiledOperation,
  facts: FieldFacts,
  type: GraphQLAbstractType,
): WriteValue {
  const resolveType: GraphQLTypeResolver<unknown, OperationContext> =
    type.resolveType ?? defaultTypeResolver;
  const writers = new Map<string, ObjectWriter>();
  const writeAs = (run: Run, name: unknown, value: unknown, place: Place): Text => {
    let writer = writers.get(name as string);
    if (writer === undefined) {
      writer = operation.objectWriter(facts, possibleType(operation, facts, type, name));
      writers.set(name as string, writer);
    }
    return writer.write(run, value, place);
  };
  return (run, value, place) => {
    const info = new FieldInfo(facts, run, place);
    const name: unknown = resolveType(value, run.context, info, type);
    return isPromise(name)
      ? new Late(run, place, facts, name, (_run, told) => writeAs(run, told, value, place))
      : writeAs(run, name, value, place);
  };
}

/** @throws GraphQLError when what was told is no type that a value here can be of */
function possibleType(
  { schema }: CompiledOperation,
  { fieldNodes, parentType, fieldName }: FieldFacts,
  type: GraphQLAbstractType,
  name: unknown,
): GraphQLObjectType {
  const possible = typeof name === "string" ? schema.getType(name) : undefined;
  if (possible !== undefined && isObjectType(possible) && schema.isSubType(type, possible))
    return possible;
  throw new GraphQLError(
    `Abstract type "${type.name}" must resolve to a possible Object type at runtime for field "${parentType.name}.${fieldName}".`,
    { nodes: fieldNodes },
  );
}

/** Whether values of a type hold places that resolvers below are told of. */
export function holdsObjects(type: GraphQLOutputType): boolean {
  return !isLeafType(getNamedType(type)) || isListed(type);
}

function isListed(type: GraphQLOutputType): boolean {
  return isNonNullType(type) ? isListed(type.ofType) : isListType(type);
}
