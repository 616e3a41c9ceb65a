import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { fragmentsIn } from "../../fragments-in.ts";
import type { AccessTable } from "../../supergraph/access-table.ts";
import type { Planner } from "../../supergraph/planner.ts";
import type { Rule } from "../../supergraph/rule.ts";

/** One coordinate that a field selection reads, with the rules that guard it. */
export interface GuardedRead {
  readonly coordinate: string;
  /** All of them have to be satisfied. */
  readonly rules: readonly Rule[];
  /** Whether searches have to be open besides. */
  readonly isSearch: boolean;
}

/** What guards one field selection, whoever asks. */
export interface FieldGuard {
  /** `Type.field` as it is selected. */
  readonly coordinate: string;
  /** Every rule that has to be satisfied for the selection to be kept. */
  readonly rules: readonly Rule[];
  /** Whether anything it reads is a search. */
  readonly isSearch: boolean;
  /** What it reads: one coordinate, or every implementer's where it is selected on an interface. */
  readonly reads: readonly GuardedRead[];
  /** The type it gives, without lists and non-nulls. */
  readonly returned: GraphQLNamedType;
}

/** What an operation is held against. */
export interface GuardedSchema {
  /** The schema callers see. */
  readonly api: GraphQLSchema;
  /** With the schema that has everything: implementers that callers must not see have rules as well. */
  readonly planner: Pick<Planner, "schema">;
  readonly access: AccessTable;
}

/** An operation in its document. */
export interface DocumentOperation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
}

/** The guards of an operation's field selections, its fragments' included; and those fragments. */
export interface OperationGuards {
  readonly fields: ReadonlyMap<FieldNode, FieldGuard>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/**
 * Finds what guards every field selection an operation reaches. A selection is judged by where it is written: its
 * guard is the same wherever a fragment that holds it is spread. That is
 *
 * - the field's own rule and the rule of the type it is selected on; on an interface, those of every implementer;
 * - whether any of these fields is a search;
 * - the rule of the type it gives;
 * - where it gives an interface of which plain fields are read, the rule of every implementer's type.
 *
 * Introspection is open to every caller; a type's name is guarded by the type alone.
 */
export function guardsOf(
  { document, definition }: DocumentOperation,
  schema: GuardedSchema,
): OperationGuards {
  const fragments = fragmentsIn(document);
  const fields = new Map<FieldNode, FieldGuard>();
  const reads = new Map<string, readonly GuardedRead[]>();
  const plain = new Map<SelectionSetNode, boolean>();
  const seen = new Set<string>();
  const walk = (set: SelectionSetNode, parent: GraphQLNamedType | undefined): void => {
    if (parent === undefined) return;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const guard = guardOf(selection, parent, schema, { fragments, reads, plain });
        if (guard === undefined) continue;
        fields.set(selection, guard);
        if (selection.selectionSet !== undefined) walk(selection.selectionSet, guard.returned);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        walk(
          selection.selectionSet,
          condition === undefined ? parent : schema.api.getType(condition),
        );
      } else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined)
          walk(fragment.selectionSet, schema.api.getType(fragment.typeCondition.name.value));
      }
    }
  };
  walk(definition.selectionSet, schema.api.getRootType(definition.operation) ?? undefined);
  return { fields, fragments };
}

interface Known {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Reads by coordinate: the same for every selection of it. */
  readonly reads: Map<string, readonly GuardedRead[]>;
  readonly plain: Map<SelectionSetNode, boolean>;
}

function guardOf(
  node: FieldNode,
  parent: GraphQLNamedType,
  schema: GuardedSchema,
  known: Known,
): FieldGuard | undefined {
  const definition = fieldDefinition(schema.api, parent, node.name.value);
  if (definition === undefined) return undefined;
  const { access } = schema;
  const coordinate = `${parent.name}.${node.name.value}`;
  const returned = getNamedType(definition.type);
  if (definition === SchemaMetaFieldDef || definition === TypeMetaFieldDef)
    return { coordinate, rules: [], isSearch: false, reads: [], returned };
  if (definition === TypeNameMetaFieldDef) {
    const rules = rulesOf(access.types.get(parent.name));
    const isSearch = false;
    return { coordinate, rules, isSearch, reads: [{ coordinate, rules, isSearch }], returned };
  }
  let owned = known.reads.get(coordinate);
  if (owned === undefined)
    known.reads.set(coordinate, (owned = readsOf(node.name.value, parent, schema)));
  const given = typesGiven(node, returned, schema, known).flatMap(({ name }) =>
    rulesOf(access.types.get(name)),
  );
  const reads =
    given.length === 0
      ? owned
      : owned.map((read) => ({ ...read, rules: [...read.rules, ...given] }));
  return {
    coordinate,
    rules: [...new Set([...owned.flatMap((read) => read.rules), ...given])],
    isSearch: owned.some(({ isSearch }) => isSearch),
    reads,
    returned,
  };
}

/** The types whose rules guard what a field gives: its own, or every implementer's where plain fields are read. */
function typesGiven(
  { selectionSet }: FieldNode,
  returned: GraphQLNamedType,
  schema: GuardedSchema,
  known: Known,
): readonly GraphQLNamedType[] {
  if (!isInterfaceType(returned)) return [returned];
  const readsPlain =
    selectionSet !== undefined && readsPlainFields(selectionSet, schema.api, known);
  return readsPlain ? implementersOf(returned, schema) : [];
}

/** Every object type behind a type: itself, or what implements it. */
function implementersOf(
  type: GraphQLNamedType,
  { planner }: GuardedSchema,
): readonly GraphQLNamedType[] {
  const whole = planner.schema.getType(type.name);
  return isInterfaceType(whole) ? planner.schema.getPossibleTypes(whole) : [type];
}

/** The coordinates behind a field of a type, each with its own rule and its type's. */
function readsOf(field: string, parent: GraphQLNamedType, schema: GuardedSchema): GuardedRead[] {
  const { access } = schema;
  return implementersOf(parent, schema).map((owner) => {
    const coordinate = `${owner.name}.${field}`;
    return {
      coordinate,
      rules: [...rulesOf(access.types.get(owner.name)), ...rulesOf(access.fields.get(coordinate))],
      isSearch: access.searches.has(coordinate),
    };
  });
}

/** A rule that asks for nothing but a caller is satisfied already: nobody comes this far without a token. */
function rulesOf(rule: Rule | undefined): Rule[] {
  return rule === undefined || (rule.scopes === null && !rule.policy) ? [] : [rule];
}

/**
 * Whether fields other than `__typename` are read of an interface itself: directly, or through fragments that do not
 * single out an object type. Such fields are read of every implementer.
 */
function readsPlainFields(set: SelectionSetNode, api: GraphQLSchema, known: Known): boolean {
  const seen = known.plain.get(set);
  if (seen !== undefined) return seen;
  const result = set.selections.some((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value !== "__typename";
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : known.fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    return (
      fragment !== undefined &&
      (condition === undefined || isInterfaceType(api.getType(condition))) &&
      readsPlainFields(fragment.selectionSet, api, known)
    );
  });
  known.plain.set(set, result);
  return result;
}

/** The field of a type that a selection names, introspection's fields included. */
export function fieldDefinition(api: GraphQLSchema, parent: GraphQLNamedType, name: string) {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (parent === api.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}
