import {
  getNamedType,
  isAbstractType,
  Kind,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import type { ComputedFields } from "../supergraph/computed-fields.ts";
import type { FetchNode, PlanNode } from "../supergraph/planner.ts";
import { fieldOf } from "../supergraph/required-fields.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { fetchesOf } from "./hold-fetches.ts";

/** What is known, to the subgraph that is asked, of the objects around a selection. */
interface Known {
  /** Names of fields that it was handed with the entity, by the entity's type. */
  readonly handed: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** Names of fields that it can tell by itself here (`@provides`). */
  readonly provided: ReadonlySet<string> | undefined;
}

const NOTHING: Known = { handed: undefined, provided: undefined };

/**
 * A field, as `Type.field`, that the plan has a subgraph compute of other subgraphs' fields without handing it these;
 * undefined where there is none. The planner makes such plans of fields that are computed of computed ones: it asks for
 * both in one breath, and what a register then computes is computed of nothing.
 */
export function uncomputable(
  root: PlanNode | undefined,
  { computed, planner }: Pick<Supergraph, "computed" | "planner">,
): string | undefined {
  for (const fetch of root === undefined ? [] : fetchesOf(root)) {
    const here = computed.get(fetch.serviceName);
    const found = here && new Search(fetch, here, planner.schema).find();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Looks through what one fetch asks for. */
class Search {
  readonly #fetch: FetchNode;
  readonly #computed: ComputedFields;
  readonly #schema: GraphQLSchema;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();

  constructor(fetch: FetchNode, computed: ComputedFields, schema: GraphQLSchema) {
    this.#fetch = fetch;
    this.#computed = computed;
    this.#schema = schema;
  }

  find(): string | undefined {
    if (this.#computed.inputs.size === 0) return undefined;
    let found: string | undefined;
    for (const definition of this.#fetch.operationDocumentNode?.definitions ?? [])
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    for (const definition of this.#fetch.operationDocumentNode?.definitions ?? []) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const type = this.#schema.getRootType(definition.operation) ?? undefined;
      found ??= this.#in(definition.selectionSet, type, NOTHING);
    }
    return found;
  }

  #in(
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | undefined,
    known: Known,
  ): string | undefined {
    for (const selection of selections) {
      let found: string | undefined;
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        found = this.#lacking(type, name, known);
        if (found === undefined && selection.selectionSet !== undefined) {
          const inner = this.#inside(type, name);
          found = this.#in(selection.selectionSet, inner.type, inner.known);
        }
      } else {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT
            ? selection
            : this.#fragments.get(selection.name.value);
        const condition = fragment?.typeCondition?.name.value;
        if (fragment !== undefined)
          found = this.#in(
            fragment.selectionSet,
            condition === undefined ? type : this.#schema.getType(condition),
            known,
          );
      }
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #inside(
    type: GraphQLNamedType | undefined,
    name: string,
  ): { type: GraphQLNamedType | undefined; known: Known } {
    if (name === "_entities")
      return { type: undefined, known: { ...NOTHING, handed: this.#handed() } };
    const coordinate = `${type?.name}.${name}`;
    const field = fieldOf(coordinate, this.#schema);
    return {
      type: field === undefined ? undefined : getNamedType(field.type),
      known: { ...NOTHING, provided: this.#computed.provided.get(coordinate) },
    };
  }

  /** A field of this type that is to be computed here and cannot be. */
  #lacking(
    type: GraphQLNamedType | undefined,
    name: string,
    { handed, provided }: Known,
  ): string | undefined {
    if (type === undefined) return undefined;
    const types = isAbstractType(type)
      ? [type.name, ...this.#schema.getPossibleTypes(type).map((each) => each.name)]
      : [type.name];
    for (const each of types) {
      const inputs = this.#computed.inputs.get(`${each}.${name}`);
      const has = handed?.get(type.name) ?? handed?.get(each);
      if (inputs?.every((input) => has?.has(input) || provided?.has(input)) === false)
        return `${each}.${name}`;
    }
    return undefined;
  }

  /** By type, what the fetch's representations have. */
  #handed(): Map<string, Set<string>> {
    const { requires = [], inputRewrites = [] } = this.#fetch;
    const renamed = inputRewrites.flatMap((each) =>
      each.kind === "KeyRenamer" ? [each.renameKeyTo] : [],
    );
    const handed = new Map<string, Set<string>>();
    for (const selection of requires) {
      if (selection.kind !== "InlineFragment" || selection.typeCondition === undefined) continue;
      const names = handed.get(selection.typeCondition) ?? new Set(renamed);
      for (const each of selection.selections) if (each.kind === "Field") names.add(each.name);
      handed.set(selection.typeCondition, names);
    }
    return handed;
  }
}
