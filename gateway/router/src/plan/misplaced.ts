import {
  isAbstractType,
  Kind,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import type { ForeignFields } from "../supergraph/foreign-fields.ts";
import { typeGiven, type OwnTypes } from "../supergraph/own-types.ts";
import type { FetchNode, PlanNode } from "../supergraph/planner.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { HandedArguments } from "./handed-arguments.ts";
import { turnsOf, type Turn } from "./turns.ts";

/** What is known, to the subgraph that is asked, of the objects around a selection. */
interface Known {
  /** Names of fields that it was handed with the entity, by the entity's type. */
  readonly handed: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** Fields that it can tell by itself here (`@provides`): `Type.field`. */
  readonly provided: ReadonlySet<string> | undefined;
}

const NOTHING: Known = { handed: undefined, provided: undefined };

/**
 * A field, as `Type.field`, that a plan asks of a subgraph that cannot tell it there; undefined where there is none. Either
 * it is to compute it of other subgraphs' fields and is not handed these, or is handed what was asked for with another's
 * arguments, or it is asked for another's field, which it is handed, or may tell, elsewhere only. The planner makes such
 * plans of fields that are computed of computed ones, and of two that are computed of one field with different arguments.
 */
export function misplaced(
  root: PlanNode | undefined,
  supergraph: Pick<Supergraph, "foreign" | "ownTypes" | "planner">,
): string | undefined {
  if (root === undefined) return undefined;
  const handed = new HandedArguments();
  for (const turn of turnsOf(root)) {
    const foreign = supergraph.foreign.get(turn.fetch.serviceName);
    const found = foreign && new Search(turn, { foreign, handed }, supergraph).find();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Looks through what one fetch asks for. */
class Search {
  readonly #turn: Turn;
  readonly #fetch: FetchNode;
  readonly #foreign: ForeignFields;
  readonly #handedArguments: HandedArguments;
  readonly #schema: GraphQLSchema;
  readonly #types: OwnTypes;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(
    turn: Turn,
    { foreign, handed }: { foreign: ForeignFields; handed: HandedArguments },
    { planner, ownTypes }: Pick<Supergraph, "ownTypes" | "planner">,
  ) {
    this.#turn = turn;
    this.#fetch = turn.fetch;
    const document = turn.fetch.operationDocumentNode;
    this.#fragments = document === undefined ? new Map() : fragmentsIn(document);
    this.#foreign = foreign;
    this.#handedArguments = handed;
    this.#schema = planner.schema;
    this.#types = ownTypes;
  }

  find(): string | undefined {
    if (this.#foreign.external.size === 0) return undefined;
    let found: string | undefined;
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
          const inner = this.#inside(type, name, known);
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
    { provided }: Known,
  ): { type: GraphQLNamedType | undefined; known: Known } {
    if (name === "_entities")
      return { type: undefined, known: { ...NOTHING, handed: this.#handed() } };
    const coordinate = `${type?.name}.${name}`;
    const own = this.#foreign.provided.get(coordinate);
    const given = { types: this.#types, schema: this.#schema };
    return {
      type: typeGiven(coordinate, this.#fetch.serviceName, given),
      // What is provided of an object is so of what is in it.
      known: { ...NOTHING, provided: provided?.has(coordinate) === true ? provided : own },
    };
  }

  /** A field of this type that cannot be told here. */
  #lacking(
    type: GraphQLNamedType | undefined,
    name: string,
    { handed, provided }: Known,
  ): string | undefined {
    if (type === undefined) return undefined;
    const { external, inputs, calls } = this.#foreign;
    const types = isAbstractType(type)
      ? [type.name, ...this.#schema.getPossibleTypes(type).map((each) => each.name)]
      : [type.name];
    for (const each of types) {
      const coordinate = `${each}.${name}`;
      const isProvided = (field: string): boolean => provided?.has(`${each}.${field}`) === true;
      if (external.has(coordinate) && !isProvided(name)) return coordinate;
      // Objects that are handed over by their types' names may be the interface's to the subgraph.
      const has = givenOf(handed, [type.name], each === type.name ? types : [each]);
      const isHanded = (input: string): boolean =>
        has.length > 0 && has.every((names) => names.has(input));
      if (inputs.get(coordinate)?.every((input) => isHanded(input) || isProvided(input)) === false)
        return coordinate;
      const taken = calls.get(coordinate);
      if (taken !== undefined && this.#handedArguments.clash(this.#turn, taken)) return coordinate;
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

/** What the first of these lists of types has that have anything. */
function givenOf(
  handed: Known["handed"],
  ...types: readonly (readonly string[])[]
): readonly ReadonlySet<string>[] {
  const given = types.map((names) => names.flatMap((name) => handed?.get(name) ?? []));
  return given.find(({ length }) => length > 0) ?? [];
}
