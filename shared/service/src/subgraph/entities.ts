import { catalogueError } from "@truc/contracts";
import {
  coerceInputValue,
  getNullableType,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isInterfaceType,
  isObjectType,
  parse,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import { BrokenRule } from "./broken-rules.ts";
import { inputReader, type ReadInput } from "./compiled/input-reader.ts";
import { isPromise } from "./compiled/is-promise.ts";
import type { Resolvers, SubgraphContext } from "./define-subgraph.ts";
import type { OperationContext } from "./operation-context.ts";

interface KeyField {
  name: string;
  /** Null for a field that holds an object, whose own key fields are in `fields`. */
  type: GraphQLInputType | null;
  read: ReadInput;
  fields: KeyField[];
}

type Representation = Record<string, unknown>;

/**
 * Resolves `_entities`: each representation through its type's `__resolveReference`, in order. An entity that is not
 * there is null; a representation that identifies nothing here is an error of its own place only, and neither costs
 * the others theirs.
 */
export function entitiesResolver(
  schema: GraphQLSchema,
  resolvers: Resolvers,
): GraphQLFieldResolver<unknown, OperationContext> {
  const keys = resolvableKeys(schema);
  const resolve = (representation: unknown, context: SubgraphContext): unknown => {
    const { __typename: typeName } = (representation ?? {}) as Representation;
    const candidates = typeof typeName === "string" ? keys.get(typeName) : undefined;
    if (typeof typeName !== "string" || candidates === undefined)
      throw invalidEntity("its __typename is no entity here");
    const reference = representation as Representation;
    checkKey(typeName, candidates, reference);
    const resolveReference = resolvers[typeName]?.__resolveReference;
    const entity =
      resolveReference === undefined ? reference : resolveReference(reference, context);
    return isPromise(entity)
      ? entity.then((come) => withTypeName(come, typeName))
      : withTypeName(entity, typeName);
  };
  // An item that fails does so alone, as the error it is: the list's items are nullable.
  return (_root, { representations }, context, info) => {
    context.noteRepresentations(info);
    return (representations as unknown[]).map((representation) => {
      try {
        return resolve(representation, context);
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error), { cause: error });
      }
    });
  };
}

/** `_Entity` is told by __typename; a row may be shared between operations, so it is not written to. */
function withTypeName(entity: unknown, typeName: string): unknown {
  if (entity === null || entity === undefined) return null;
  if (typeof entity !== "object" || (entity as Representation)["__typename"] === typeName)
    return entity;
  // Not by Object.assign, for which a key that is called `__proto__` is the prototype.
  return {
    __proto__: Object.getPrototypeOf(entity) as unknown,
    ...entity,
    __typename: typeName,
  };
}

function resolvableKeys(schema: GraphQLSchema): Map<string, KeyField[][]> {
  const keys = new Map<string, KeyField[][]>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const directives = [type.astNode, ...type.extensionASTNodes]
      .flatMap((node) => node?.directives ?? [])
      .filter(({ name }) => name.value === "key");
    for (const { arguments: args = [] } of directives) {
      const given = Object.fromEntries(
        args.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
      );
      if (given["resolvable"] === false) continue;
      const [definition] = parse(`{${String(given["fields"])}}`, { noLocation: true }).definitions;
      if (definition?.kind !== "OperationDefinition") continue;
      keys.set(type.name, [
        ...(keys.get(type.name) ?? []),
        keyFields(schema, type.name, definition.selectionSet),
      ]);
    }
  }
  return keys;
}

function keyFields(
  schema: GraphQLSchema,
  typeName: string,
  { selections }: SelectionSetNode,
): KeyField[] {
  const type = schema.getType(typeName);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return selections.flatMap((selection) => {
    const field = selection.kind === "Field" ? type.getFields()[selection.name.value] : undefined;
    if (selection.kind !== "Field" || field === undefined) return [];
    const inner = getNullableType(field.type);
    return [
      {
        name: field.name,
        type: isInputType(inner) ? inner : null,
        read: isInputType(inner) ? inputReader(inner) : (value: unknown) => value,
        fields: selection.selectionSet
          ? keyFields(schema, String(inner), selection.selectionSet)
          : [],
      },
    ];
  });
}

/** At least one key must be there whole, and whatever key value is there must fit its type. */
function checkKey(
  typeName: string,
  candidates: KeyField[][],
  representation: Representation,
): void {
  const key = candidates.find((fields) =>
    fields.every((field) => representation[field.name] != null),
  );
  if (key === undefined) throw invalidEntity(`it holds no key of ${typeName}`);
  checkFields(typeName, key, representation);
}

function checkFields(path: string, fields: KeyField[], values: Representation): void {
  for (const field of fields) {
    const value = values[field.name];
    if (field.type === null) {
      if (typeof value !== "object" || value === null)
        throw invalidEntity(`${path}.${field.name} is no object`);
      checkFields(`${path}.${field.name}`, field.fields, value as Representation);
    } else {
      const read = readKey(path, field, field.type, value);
      if (read instanceof BrokenRule)
        throw invalidEntity(`${path}.${field.name}: ${read.rule}`, field.name);
    }
  }
}

/** @throws GraphQLError ENTITY_INVALID where the value is none of the type */
function readKey(path: string, field: KeyField, type: GraphQLInputType, value: unknown): unknown {
  try {
    return field.read(value);
  } catch {
    return coerceInputValue(value, type, (_path, _value, error) => {
      throw invalidEntity(`${path}.${field.name}: ${ruleOf(error)}`, field.name);
    });
  }
}

/** The rule a scalar states; what a built-in type says would repeat the value. */
function ruleOf(error: GraphQLError): string {
  const { rule } = (error.originalError instanceof GraphQLError ? error.originalError : error)
    .extensions;
  return typeof rule === "string" ? rule : "the value does not fit the type";
}

function invalidEntity(reason: string, argument?: string): GraphQLError {
  return catalogueError("ENTITY_INVALID", {
    sentence: `A representation does not identify an entity of this register: ${reason}.`,
    extensions: { rule: reason, ...(argument !== undefined && { argument }) },
  });
}
