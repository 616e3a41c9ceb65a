import {
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { AccessRules, Alternatives } from "./access-rules.ts";

/** Something an operation selects and the scopes it demands. */
export interface Requirement {
  /** The first coordinate of the operation that demands them. */
  coordinate: string;
  alternatives: Alternatives;
}

/**
 * Everything a caller must hold to run an operation, each distinct demand once. A field of an interface demands what it
 * demands on every type that implements the interface; fragments are judged by their type condition. What @skip or
 * @include may leave out counts all the same: the router has filtered before. An object on the way to a key or a data
 * subject demands nothing by its type either, where nothing else is selected of it.
 */
export function requiredScopes(
  schema: GraphQLSchema,
  rules: AccessRules,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Requirement[] {
  const walk = new Walk(schema, rules, fragments);
  walk.selections(schema.getRootType(operation.operation)!, operation.selectionSet);
  return [...walk.requirements.values()];
}

class Walk {
  readonly requirements = new Map<string, Requirement>();
  readonly #schema: GraphQLSchema;
  readonly #rules: AccessRules;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #seen = new Set<string>();

  constructor(
    schema: GraphQLSchema,
    rules: AccessRules,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {
    this.#schema = schema;
    this.#rules = rules;
    this.#fragments = fragments;
  }

  selections(parent: GraphQLNamedType, { selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind === "Field") {
        this.#field(parent, selection.name.value, selection.selectionSet);
      } else if (selection.kind === "InlineFragment") {
        this.#fragment(selection.typeCondition?.name.value ?? parent.name, selection.selectionSet);
      } else if (!this.#seen.has(selection.name.value)) {
        this.#seen.add(selection.name.value);
        const fragment = this.#fragments.get(selection.name.value)!;
        this.#fragment(fragment.typeCondition.name.value, fragment.selectionSet);
      }
    }
  }

  #fragment(typeName: string, selectionSet: SelectionSetNode): void {
    const type = this.#schema.getType(typeName)!;
    this.#demand(typeName, this.#rules.types.get(typeName));
    this.selections(type, selectionSet);
  }

  #field(parent: GraphQLNamedType, name: string, selectionSet: SelectionSetNode | undefined): void {
    if (name.startsWith("__") || (!isObjectType(parent) && !isInterfaceType(parent))) return;
    const field = parent.getFields()[name]!;
    for (const { name: owner } of this.#withImplementers(parent)) {
      this.#demand(`${owner}.${name}`, this.#rules.fields.get(`${owner}.${name}`));
    }
    const type = getNamedType(field.type);
    if (this.#isExempt(parent, name) && this.#leadsOn(type, selectionSet)) return;
    const readsAny =
      isInterfaceType(type) && selectionSet !== undefined && this.#readsPlainFields(selectionSet);
    for (const possible of readsAny ? this.#withImplementers(type) : [type]) {
      this.#demand(possible.name, this.#rules.types.get(possible.name));
    }
    if (selectionSet) this.selections(type, selectionSet);
  }

  /** Whether fields of an interface itself are selected, be it by fragments that leave open which type implements it. */
  #readsPlainFields({ selections }: SelectionSetNode): boolean {
    return selections.some((selection) => {
      if (selection.kind === "Field") return selection.name.value !== "__typename";
      const fragment =
        selection.kind === "InlineFragment"
          ? selection
          : this.#fragments.get(selection.name.value)!;
      const on = fragment.typeCondition?.name.value;
      const isOpen = on === undefined || !isObjectType(this.#schema.getType(on));
      return isOpen && this.#readsPlainFields(fragment.selectionSet);
    });
  }

  #isExempt(parent: GraphQLNamedType, field: string): boolean {
    return this.#rules.exempt.has(`${parent.name}.${field}`);
  }

  /**
   * Whether all that is selected of an object demands nothing, and of what it leads to. No path is asked for by named
   * fragments.
   */
  #leadsOn(type: GraphQLNamedType, set: SelectionSetNode | undefined): boolean {
    return (set?.selections ?? []).every((each) => {
      if (each.kind === "FragmentSpread") return false;
      if (each.kind === "InlineFragment") {
        const on = each.typeCondition?.name.value;
        const inner = on === undefined ? type : this.#schema.getType(on)!;
        return this.#leadsOn(inner, each.selectionSet);
      }
      if (each.name.value === "__typename") return true;
      if (!this.#isExempt(type, each.name.value)) return false;
      const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
      return this.#leadsOn(getNamedType(fields[each.name.value]!.type), each.selectionSet);
    });
  }

  #withImplementers(type: GraphQLNamedType): readonly GraphQLNamedType[] {
    return isAbstractType(type) ? [type, ...this.#schema.getPossibleTypes(type)] : [type];
  }

  #demand(coordinate: string, alternatives: Alternatives | undefined): void {
    if (alternatives === undefined) return;
    const id = JSON.stringify(alternatives);
    if (!this.requirements.has(id)) this.requirements.set(id, { coordinate, alternatives });
  }
}
