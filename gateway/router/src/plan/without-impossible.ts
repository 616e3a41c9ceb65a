import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { TYPENAME } from "./typename.ts";
import { fragmentsIn } from "../fragments-in.ts";

type Names = ReadonlySet<string>;

/**
 * The document without the fragments that no object can be meant by, because those around them leave no type for it.
 * Such a document is valid (two interfaces may share one implementer, and a third type lies in one of them only), but
 * the planner fails at it.
 */
export function withoutImpossible(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const fragments = fragmentsIn(document);
  const pruning = new Pruning(schema, fragments);
  let changed = false;
  const definitions = document.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
    const root = schema.getRootType(definition.operation);
    if (!root) return definition;
    const selectionSet = pruning.of(definition.selectionSet, new Set([root.name]));
    changed ||= selectionSet !== definition.selectionSet;
    return { ...definition, selectionSet };
  });
  return changed ? { ...document, definitions } : document;
}

class Pruning {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#schema = schema;
    this.#fragments = fragments;
  }

  /** @returns the selections themselves where nothing of them is impossible */
  of(set: SelectionSetNode, types: Names): SelectionSetNode {
    const selections = set.selections.flatMap((each) => this.#selection(each, types) ?? []);
    if (
      selections.length === set.selections.length &&
      selections.every((each, index) => each === set.selections[index])
    ) {
      return set;
    }
    if (selections.length === 0) selections.push(TYPENAME);
    return { kind: Kind.SELECTION_SET, selections };
  }

  #selection(node: SelectionNode, types: Names): SelectionNode | undefined {
    if (node.kind === Kind.FIELD) {
      if (node.selectionSet === undefined) return node;
      const given = this.#givenBy(node.name.value, types);
      const selectionSet = given.size === 0 ? node.selectionSet : this.of(node.selectionSet, given);
      return selectionSet === node.selectionSet ? node : { ...node, selectionSet };
    }
    const fragment =
      node.kind === Kind.INLINE_FRAGMENT ? node : this.#fragments.get(node.name.value);
    if (fragment === undefined) return node;
    const { typeCondition } = fragment;
    const left = typeCondition === undefined ? types : this.#among(types, typeCondition.name.value);
    if (left.size === 0) return undefined;
    const selectionSet = this.of(fragment.selectionSet, left);
    if (selectionSet === fragment.selectionSet) return node;
    // What is impossible here need not be where else the fragment is spread.
    return {
      kind: Kind.INLINE_FRAGMENT,
      ...(typeCondition === undefined ? {} : { typeCondition }),
      ...(node.directives === undefined ? {} : { directives: node.directives }),
      selectionSet,
    };
  }

  /** The object types that a field of any of these types may give. */
  #givenBy(field: string, parents: Names): Names {
    const given = new Set<string>();
    for (const parent of parents) {
      const type = this.#schema.getType(parent);
      const definition = isObjectType(type) ? type.getFields()[field] : undefined;
      if (definition === undefined) continue;
      for (const name of this.#possible(getNamedType(definition.type).name)) given.add(name);
    }
    return given;
  }

  #among(types: Names, condition: string): Names {
    const possible = this.#possible(condition);
    return new Set([...types].filter((name) => possible.has(name)));
  }

  #possible(name: string): Names {
    const type = this.#schema.getType(name);
    if (isAbstractType(type))
      return new Set(this.#schema.getPossibleTypes(type).map((each) => each.name));
    return new Set([name]);
  }
}
