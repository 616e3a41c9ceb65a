import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from "graphql";
import { isMap, type ResultMap } from "../execute/merge.ts";
import { fieldOf } from "../supergraph/required-fields.ts";
import type { SubjectStep } from "../supergraph/subject-paths.ts";

/** What paths say about whose data an object holds. These are bits: what several say is joined by `|`. */
export const NOBODY = 0;
export const SOMEBODY = 1;
/** Something on the way is not what the schema says stands there, so it cannot be told. */
export const UNTOLD = 2;

/** One step on the way to a key. */
export interface KeyReader {
  readonly key: string;
  /** The object type that has the field; undefined where it is an interface's, and the object itself tells its type. */
  readonly owner: string | undefined;
  /** What the schema says stands there, by the object's type. */
  readonly stands: ReadonlyMap<string, Standing>;
  /** What is read of what stands there; empty where it is the key itself. */
  readonly inner: readonly KeyReader[];
}

/** What the schema says stands at one place. */
export interface Standing {
  readonly required: boolean;
  /** What a list is made of. */
  readonly item: Standing | undefined;
  /** The type of a key. */
  readonly leaf: GraphQLLeafType | undefined;
}

/** Where the keys go, and what is known besides the data. */
export interface Keys {
  /** By the name of the entity's type. */
  readonly byType: Map<string, Set<string>>;
  /** Fields of entities that a register said it has not got: as good as null. */
  readonly notHad: WeakMap<ResultMap, ReadonlySet<string>>;
}

/**
 * @param parent the name of the type that has the step's field
 * @param keyOf the response key under which a step's field is found
 */
export function keyReader(
  step: SubjectStep,
  parent: string,
  schema: GraphQLSchema,
  keyOf: (step: SubjectStep, parent: string) => string,
): KeyReader {
  const type = schema.getType(parent);
  const owners = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  const stands = new Map<string, Standing>();
  for (const owner of owners) {
    const field = isObjectType(owner) ? owner.getFields()[step.field] : undefined;
    if (field !== undefined) stands.set(owner!.name, standing(field.type));
  }
  const given = getNamedType(fieldOf(`${parent}.${step.field}`, schema)?.type)?.name ?? "";
  return {
    key: keyOf(step, parent),
    owner: step.owner,
    stands,
    inner: (step.inner ?? []).map((each) => keyReader(each, given, schema, keyOf)),
  };
}

function standing(type: GraphQLOutputType): Standing {
  if (isNonNullType(type)) return { ...standing(type.ofType), required: true };
  const item = isListType(type) ? standing(type.ofType) : undefined;
  return { required: false, item, leaf: isLeafType(type) ? type : undefined };
}

/**
 * Reads the keys that one step of an object leads to.
 * @returns NOBODY, SOMEBODY, UNTOLD, or both of the latter
 */
export function readKeys(map: ResultMap, reader: KeyReader, keys: Keys): number {
  const owner = reader.owner ?? map["__typename"];
  const stands = typeof owner === "string" ? reader.stands.get(owner) : undefined;
  if (stands === undefined) return UNTOLD;
  const value = map[reader.key];
  if (value === undefined && keys.notHad.get(map)?.has(reader.key) !== true) return UNTOLD;
  return readValue(value, stands, { reader, owner: owner as string, keys });
}

interface At {
  readonly reader: KeyReader;
  readonly owner: string;
  readonly keys: Keys;
}

function readValue(value: unknown, { required, item, leaf }: Standing, at: At): number {
  if (value === null || value === undefined) return required ? UNTOLD : NOBODY;
  let told = NOBODY;
  if (item !== undefined) {
    if (!Array.isArray(value)) return UNTOLD;
    for (const each of value) told |= readValue(each, item, at);
    return told;
  }
  if (leaf !== undefined) return addKey(value, leaf, at.owner, at.keys.byType);
  if (!isMap(value)) return UNTOLD;
  for (const reader of at.reader.inner) told |= readKeys(value, reader, at.keys);
  return told;
}

/**
 * Puts down a key.
 * @param value not null
 * @param owner the name of the entity's type
 * @returns SOMEBODY, or UNTOLD where it is no value of its type
 */
export function addKey(
  value: unknown,
  leaf: GraphQLLeafType,
  owner: string,
  byType: Map<string, Set<string>>,
): number {
  if (!isKey(value, leaf)) return UNTOLD;
  let keys = byType.get(owner);
  if (keys === undefined) byType.set(owner, (keys = new Set()));
  if (typeof value === "string") keys.add(value);
  else keys.add(typeof value === "number" ? String(value) : JSON.stringify(value));
  return SOMEBODY;
}

/** Whether the value is one of its type, as it would be in an answer. */
function isKey(value: unknown, leaf: GraphQLLeafType): boolean {
  if (typeof value === "string" && (leaf.name === "ID" || leaf.name === "String")) return true;
  try {
    return leaf.serialize(value) != null;
  } catch {
    return false;
  }
}
