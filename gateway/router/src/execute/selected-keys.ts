import {
  Kind,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import type { FetchNode } from "../supergraph/planner.ts";
import type { ResultMap } from "./merge.ts";
import type { Path } from "./places.ts";
import { isOfType, rewrittenPath } from "./rewrites.ts";

/** One place of an answer, lists left out: how many fetches of the plan give it. */
export class GivenPlace {
  givers: number;
  readonly #others: number;
  readonly #inner = new Map<string, GivenPlace>();

  /** @param others how many are taken to give each place besides those that are counted */
  constructor(others = 0) {
    this.givers = others;
    this.#others = others;
  }

  /** What stands under a response key of this place. */
  at(key: string): GivenPlace {
    let place = this.#inner.get(key);
    if (place === undefined) this.#inner.set(key, (place = new GivenPlace(this.#others)));
    return place;
  }
}

/** The response keys that a fetch selects of the objects at one place, whatever their types. */
export type SelectedKeys = readonly SelectedKey[];

export interface SelectedKey {
  readonly key: string;
  /** Where no other fetch gives it, nothing but this one's answer has a say in what stands there. */
  readonly place: GivenPlace;
  /** Of the objects that stand there; undefined for values without selections. */
  readonly inner: SelectedKeys | undefined;
}

/** What a fetch gives the objects it is made for. */
export interface Selected {
  readonly keys: SelectedKeys;
  /** Those that an object of its type is given, its type's name left out. */
  of(object: ResultMap): SelectedKeys;
}

/**
 * Works out what a fetch selects of the root, or of the entities it asks for.
 * @param at the plan's path to them
 * @param root where all fetches of the plan are counted
 */
export function selectedBy(
  fetch: FetchNode,
  at: Path,
  root: GivenPlace,
  schema: GraphQLSchema,
): Selected {
  const { set, fragments } = selectionsOf(fetch);
  let place = root;
  for (const key of at) if (typeof key === "string" && key !== "@") place = place.at(key);
  const everything = collect([set], place, fragments, () => true);
  count(everything);
  const byKey = new Map(everything.map((each) => [each.key, each]));
  const byType = new Map<string | undefined, SelectedKeys>();
  return {
    keys: everything,
    of(object) {
      const { __typename: given } = object;
      const name = typeof given === "string" ? given : undefined;
      const known = byType.get(name);
      if (known !== undefined) return known;
      const meant = collect([set], new GivenPlace(), fragments, (condition) =>
        isOfType(schema, object, condition, true),
      );
      const keys = meant.flatMap(({ key }): SelectedKeys => {
        if (key === "__typename") return [];
        const [renamed] = rewrittenPath(fetch.outputRewrites, [key]);
        return [{ ...byKey.get(key)!, key: String(renamed) }];
      });
      // Names that are no type's are a subgraph's invention, and may be as many as it likes.
      if (name === undefined || schema.getType(name) !== undefined) byType.set(name, keys);
      return keys;
    },
  };
}

/** Those of an object's keys that nothing has given yet; of what is given by one fetch alone, all. */
export function unanswered(keys: SelectedKeys, object: ResultMap): SelectedKeys {
  return keys.filter(({ key, place }) => {
    if (object[key] === undefined || object[key] === null) return true;
    if (place.givers > 1) return false;
    // Somebody put it there who was not asked for it.
    object[key] = undefined;
    return true;
  });
}

/**
 * Those that nobody has given who was asked for them: unlike with {@link unanswered}, a null that another fetch has brought is
 * an answer.
 */
export function ungiven(keys: SelectedKeys, object: ResultMap): SelectedKeys {
  return unanswered(keys, object).filter(
    ({ key, place }) => object[key] === undefined || place.givers < 2,
  );
}

interface Selections {
  /** Of the root, or of the entities. */
  readonly set: SelectionSetNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

function selectionsOf({ operationDocumentNode: document, requires }: FetchNode): Selections {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let set: SelectionSetNode | undefined;
  for (const definition of document?.definitions ?? []) {
    if (definition.kind === Kind.OPERATION_DEFINITION) set = definition.selectionSet;
    else if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition);
  }
  const first = set?.selections[0];
  if (requires !== undefined && first?.kind === Kind.FIELD) set = first.selectionSet;
  if (set === undefined) throw new Error("a fetch of the plan selects nothing");
  return { set, fragments };
}

function collect(
  sets: readonly SelectionSetNode[],
  place: GivenPlace,
  fragments: Selections["fragments"],
  isMeant: (condition: string) => boolean,
): SelectedKey[] {
  const fields = new Map<string, SelectionSetNode[]>();
  const spread = new Set<string>();
  const look = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        let inner = fields.get(key);
        if (inner === undefined) fields.set(key, (inner = []));
        if (selection.selectionSet !== undefined) inner.push(selection.selectionSet);
        continue;
      }
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
      const fragment = isSpread ? fragments.get(selection.name.value) : selection;
      const condition = fragment?.typeCondition?.name.value;
      if (fragment === undefined || (condition !== undefined && !isMeant(condition))) continue;
      if (isSpread) {
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      look(fragment.selectionSet);
    }
  };
  for (const set of sets) look(set);
  return [...fields].map(([key, inner]) => ({
    key,
    place: place.at(key),
    inner: inner.length === 0 ? undefined : collect(inner, place.at(key), fragments, () => true),
  }));
}

function count(keys: SelectedKeys): void {
  for (const { place, inner } of keys) {
    place.givers += 1;
    if (inner !== undefined) count(inner);
  }
}
