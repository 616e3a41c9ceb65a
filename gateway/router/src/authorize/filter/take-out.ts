import {
  isAbstractType,
  Kind,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import type { DocumentOperation, GuardedSchema, OperationGuards } from "./field-guards.ts";

/** What a caller's scopes make of an operation's selections. */
export interface Verdict {
  readonly guards: OperationGuards;
  /** Field selections whose guard is not satisfied. */
  readonly refused: ReadonlySet<FieldNode>;
  /** Object types whose own rule is not satisfied. */
  readonly hidden: ReadonlySet<string>;
}

/** An operation without what was refused. */
export interface Left {
  /** A valid document; the one that was given where nothing had to change. */
  readonly document: DocumentNode;
  /** The field selections that are left, as they were given. */
  readonly kept: ReadonlySet<FieldNode>;
}

interface Taken {
  readonly selections: readonly SelectionNode[];
  /** Whether they differ from what was given, at any depth. */
  readonly changed: boolean;
  /** Whether something was taken out of this very set, fragments followed. */
  readonly removed: boolean;
}

/** What became of one selection; undefined where it is gone. */
type TakenOne = Omit<Taken, "selections"> & { readonly selection: SelectionNode | undefined };

const GONE: TakenOne = Object.freeze({ selection: undefined, changed: true, removed: true });

const TYPENAME: FieldNode = {
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: "__typename" },
};

/**
 * Takes refused selections out of an operation. A field that stays and loses part of what was selected of it keeps
 * `__typename`, so that it is still known whether it is null and which fields its runtime type would have had; so does
 * one that may give an object of a hidden type.
 */
export function takeOut(
  { document, definition }: DocumentOperation,
  verdict: Verdict,
  { api }: GuardedSchema,
): Left {
  const taking = new TakingOut(verdict, api);
  const { selections, changed } = taking.set(definition.selectionSet);
  const { kept, fragments } = taking;
  if (!changed) return { document, kept };
  const operation = withSelections(definition, selections.length === 0 ? [TYPENAME] : selections);
  return { document: documentOf(operation, verdict.guards, fragments), kept };
}

class TakingOut {
  readonly kept = new Set<FieldNode>();
  /** What is left of each named fragment that was come by. */
  readonly fragments = new Map<string, Taken>();
  readonly #verdict: Verdict;
  readonly #api: GraphQLSchema;

  constructor(verdict: Verdict, api: GraphQLSchema) {
    this.#verdict = verdict;
    this.#api = api;
  }

  set(set: SelectionSetNode): Taken {
    const selections: SelectionNode[] = [];
    let [changed, removed] = [false, false];
    for (const selection of set.selections) {
      const taken =
        selection.kind === Kind.FIELD ? this.#field(selection) : this.#fragment(selection);
      if (taken.selection !== undefined) selections.push(taken.selection);
      changed ||= taken.selection !== selection || taken.changed;
      removed ||= taken.removed;
    }
    return { selections, changed, removed };
  }

  #field(node: FieldNode): TakenOne {
    const { guards, refused } = this.#verdict;
    const guard = guards.fields.get(node);
    if (guard === undefined || refused.has(node)) return GONE;
    this.kept.add(node);
    if (node.selectionSet === undefined) return { selection: node, changed: false, removed: false };
    const { selections, changed, removed } = this.set(node.selectionSet);
    if (this.#needsTypename(selections, removed, guard.returned)) {
      const probed = withSelections(node, [TYPENAME, ...selections]);
      return { selection: probed, changed: true, removed: false };
    }
    const selection = changed ? withSelections(node, selections) : node;
    return { selection, changed, removed: false };
  }

  #fragment(selection: Exclude<SelectionNode, FieldNode>): TakenOne {
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : this.#verdict.guards.fragments.get(selection.name.value);
    if (fragment === undefined || this.#isHiddenObject(fragment.typeCondition?.name.value))
      return GONE;
    const taken =
      selection.kind === Kind.INLINE_FRAGMENT
        ? this.set(fragment.selectionSet)
        : this.#named(selection.name.value, fragment.selectionSet);
    if (taken.selections.length === 0) return { ...taken, selection: undefined };
    const same = !taken.changed || selection.kind === Kind.FRAGMENT_SPREAD;
    return { ...taken, selection: same ? selection : withSelections(selection, taken.selections) };
  }

  #named(name: string, set: SelectionSetNode): Taken {
    const known = this.fragments.get(name);
    if (known !== undefined) return known;
    const taken = this.set(set);
    this.fragments.set(name, taken);
    return taken;
  }

  /** Root types do not come as a runtime type: what is selected of them is refused field by field. */
  #isHiddenObject(name: string | undefined): boolean {
    const roots = [this.#api.getQueryType(), this.#api.getMutationType()];
    return (
      name !== undefined &&
      this.#verdict.hidden.has(name) &&
      !roots.some((root) => root?.name === name)
    );
  }

  #needsTypename(
    selections: readonly SelectionNode[],
    removed: boolean,
    returned: GraphQLNamedType,
  ): boolean {
    if (!isAbstractType(returned))
      return removed && !selections.some((selection) => this.#givesSteadily(selection));
    const { hidden } = this.#verdict;
    const mayHide = this.#api.getPossibleTypes(returned).some(({ name }) => hidden.has(name));
    return (removed || mayHide) && !selections.some(isTypename);
  }

  /** Whether something of it is selected whatever the variables say: of an object, every fragment applies. */
  #givesSteadily(selection: SelectionNode): boolean {
    if (!isUnconditional(selection)) return false;
    if (selection.kind === Kind.FIELD) return true;
    const selections =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection.selectionSet.selections
        : this.fragments.get(selection.name.value)?.selections;
    return selections?.some((each) => this.#givesSteadily(each)) ?? false;
  }
}

function isUnconditional({ directives = [] }: SelectionNode): boolean {
  return directives.length === 0;
}

function isTypename(selection: SelectionNode): boolean {
  return (
    selection.kind === Kind.FIELD &&
    isUnconditional(selection) &&
    selection.name.value === "__typename" &&
    (selection.alias?.value ?? "__typename") === "__typename"
  );
}

function withSelections<T extends { readonly selectionSet?: SelectionSetNode | undefined }>(
  node: T,
  selections: readonly SelectionNode[],
): T {
  return { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

/** The operation with the fragments and variables it still uses, and nothing else. */
function documentOf(
  operation: OperationDefinitionNode,
  guards: OperationGuards,
  taken: ReadonlyMap<string, Taken>,
): DocumentNode {
  const used = new Map<string, FragmentDefinitionNode>();
  const variables = new Set<string>();
  const collect = (node: DefinitionNode): void => {
    visit(node, {
      VariableDefinition: () => false,
      Variable({ name }) {
        variables.add(name.value);
      },
      FragmentSpread({ name: { value: name } }) {
        const fragment = guards.fragments.get(name);
        if (fragment === undefined || used.has(name)) return;
        const left = taken.get(name);
        const definition =
          left?.changed === true ? withSelections(fragment, left.selections) : fragment;
        used.set(name, definition);
        collect(definition);
      },
    });
  };
  collect(operation);
  const variableDefinitions = operation.variableDefinitions?.filter(({ variable }) =>
    variables.has(variable.name.value),
  );
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      { ...operation, ...(variableDefinitions === undefined ? {} : { variableDefinitions }) },
      ...[...guards.fragments.keys()].flatMap((name) => used.get(name) ?? []),
    ],
  };
}
