import { DATA_CLASSES, type DataClass } from "@truc/contracts";
import { isAbstractType, Kind, type OperationDefinitionNode, type SelectionSetNode } from "graphql";
import { guardsOf, type FieldGuard } from "../authorize/filter/field-guards.ts";
import { lackingWays } from "../authorize/filter/lacking.ts";
import type { Filtered } from "../authorize/filtered.ts";
import type { Operation } from "../read.ts";
import type { Rule } from "../supergraph/rule.ts";

/** One field as an operation selects it, with what opens it. */
export interface ExplainedField {
  /** Response keys from the root. */
  readonly path: readonly string[];
  /** `Type.field` as it is selected. */
  readonly coordinate: string;
  /** Every rule that guards it. */
  readonly rules: readonly Rule[];
  /** Whether a grant has to allow searches besides. */
  readonly isSearch: boolean;
  /** The most sensitive class of what it reads; null for what is no register's data. */
  readonly dataClass: DataClass | null;
  readonly allowed: boolean;
  /** Whether it is refused only because a field around it is. */
  readonly insideRefused: boolean;
  /** How many entities stand one within the other here, what it gives included. */
  readonly entities: number;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * The fields of an operation in its order, each path and coordinate once, with the filter's own verdict on them.
 * Introspection is left out where it is open.
 */
export function explainedFields(operation: Operation, filtered: Filtered): ExplainedField[] {
  const { supergraph, definition, name } = operation;
  const { asked, refused } = filtered;
  const own = asked.definitions.find(
    (each): each is OperationDefinitionNode =>
      each.kind === Kind.OPERATION_DEFINITION && each.name?.value === (name ?? undefined),
  );
  const root = own ?? definition;
  const guards = guardsOf({ document: asked, definition: root }, supergraph);
  const found = new Map<string, ExplainedField>();
  const walk = (set: SelectionSetNode, around: Around): void => {
    for (const selection of set.selections) {
      if (selection.kind !== Kind.FIELD) {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT
            ? selection
            : guards.fragments.get(selection.name.value);
        if (fragment !== undefined) walk(fragment.selectionSet, around);
        continue;
      }
      const guard = guards.fields.get(selection);
      if (guard === undefined) continue;
      const isIntrospection = selection.name.value.startsWith("__");
      const field: ExplainedField = {
        path: [...around.path, selection.alias?.value ?? selection.name.value],
        coordinate: guard.coordinate,
        rules: guard.rules,
        isSearch: guard.isSearch,
        dataClass: classOf(guard, operation),
        allowed: !around.isRefused && !refused.has(selection),
        insideRefused: around.isRefused,
        entities: around.entities + (givesEntity(guard, operation) ? 1 : 0),
      };
      if (!isIntrospection || guard.rules.length > 0) add(found, field);
      if (selection.selectionSet !== undefined && !isIntrospection) {
        const { path, allowed, entities } = field;
        walk(selection.selectionSet, { path, isRefused: !allowed, entities });
      }
    }
  };
  walk(root.selectionSet, { path: [], isRefused: false, entities: 0 });
  return [...found.values()];
}

/** What stands around a selection. */
interface Around {
  readonly path: readonly string[];
  readonly isRefused: boolean;
  readonly entities: number;
}

function add(found: Map<string, ExplainedField>, field: ExplainedField): void {
  const key = JSON.stringify([field.path, field.coordinate]);
  const known = found.get(key);
  if (known === undefined) {
    found.set(key, field);
    return;
  }
  found.set(key, {
    ...known,
    rules: [...new Set([...known.rules, ...field.rules])],
    isSearch: known.isSearch || field.isSearch,
    allowed: known.allowed && field.allowed,
    insideRefused: known.insideRefused && field.insideRefused,
  });
}

function givesEntity({ returned }: FieldGuard, { supergraph }: Operation): boolean {
  const types = isAbstractType(returned) ? supergraph.api.getPossibleTypes(returned) : [returned];
  return types.some(({ name }) => supergraph.entities.has(name));
}

function classOf({ reads }: FieldGuard, { supergraph }: Operation): DataClass | null {
  const classes = new Set(reads.map(({ coordinate }) => supergraph.access.classes.get(coordinate)));
  return DATA_CLASSES.toReversed().find((each) => classes.has(each)) ?? null;
}

/** Every way to open a field for somebody who holds nothing; none where nothing is needed, or nothing helps. */
export function waysToOpen({
  rules,
}: Pick<ExplainedField, "rules">): readonly (readonly string[])[] {
  return lackingWays(NOBODY, rules).filter((way) => way.length > 0);
}
