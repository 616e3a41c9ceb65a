import {
  isObjectType,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";
import { isOfType } from "../execute/rewrites.ts";
import { fragmentsIn } from "../fragments-in.ts";
import { operationIn } from "../operation-in.ts";
import { collectFields, type Collecting } from "../shape/collect-fields.ts";
import { selectedBy } from "../splice/plan-keys.ts";
import type { FetchNode, PlanNode, QueryPlanSelectionNode } from "../supergraph/planner.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { fetchesOf, isBefore, turnsOf, type Turn } from "./turns.ts";

/** What a plan was made for. */
export interface Rehearsed {
  /** Without conditions. */
  readonly document: DocumentNode;
  readonly name: string | null;
  /** Whether it selects what callers do not see. */
  readonly whole: boolean;
}

type Known = Pick<Supergraph, "agreedTypes" | "planner">;

/** Objects of one type at one place of the answer, come there by one way. */
interface Objects {
  readonly type: string;
  /** The fetches that bring them. */
  readonly by: Turn[];
  readonly values: Map<string, Values>;
}

/** What stands under a response key of objects. */
interface Values {
  readonly by: Turn[];
  readonly objects: Objects[];
}

/** A plan that brings more kinds of objects than this is believed: to go through it would take longer than it is worth. */
const MAX_OBJECTS = 2_000;

class TooMany extends Error {}

/**
 * A field, as `Type.field`, that a plan never fetches for some of the objects that it brings; undefined where there is none.
 * The planner takes two ways to one list for one where fetches go on from there, and then a fetch may be made before the
 * objects of the other way have come, or before what it needs of them, and never again: the field would be null without a
 * word. So every plan is gone through on paper, for each type that each place may be of.
 */
export function leftOut(
  root: PlanNode | undefined,
  rehearsed: Rehearsed,
  known: Known,
): string | undefined {
  // Keys that are changed afterwards are not followed.
  if (root === undefined || fetchesOf(root).some(isRewritten)) return undefined;
  try {
    return new Rehearsal(rehearsed, known).of(root);
  } catch (error) {
    if (error instanceof TooMany) return undefined;
    throw error;
  }
}

function isRewritten({ outputRewrites = [] }: FetchNode): boolean {
  return outputRewrites.length > 0;
}

class Rehearsal {
  readonly #rehearsed: Rehearsed;
  readonly #known: Known;
  readonly #schema: GraphQLSchema;
  #count = 0;

  constructor(rehearsed: Rehearsed, known: Known) {
    this.#rehearsed = rehearsed;
    this.#known = known;
    this.#schema = known.planner.schema;
  }

  of(root: PlanNode): string | undefined {
    const { document, name } = this.#rehearsed;
    const operation = operationIn(document, name);
    const type = this.#schema.getRootType(operation.operation);
    if (type === undefined || type === null) return undefined;
    const answer: Objects = { type: type.name, by: [], values: new Map() };
    for (const turn of turnsOf(root)) this.#take(turn, answer);
    return this.#missing([operation.selectionSet], answer, this.#collecting(document));
  }

  #collecting(document: DocumentNode): Collecting {
    return { schema: this.#schema, fragments: fragmentsIn(document), conditions: new Map() };
  }

  /** One fetch: what it gives to whom it can be made for. */
  #take(turn: Turn, answer: Objects): void {
    const { fetch } = turn;
    const selected = selectedBy(fetch);
    if (selected === undefined) return;
    const collecting = this.#collecting(selected.document);
    let at = [answer];
    for (const key of turn.keys)
      at = at.flatMap(({ values }) => values.get(key)?.objects.filter(comesBefore(turn)) ?? []);
    for (const objects of at)
      if (fetch.requires === undefined || this.#hasAll(fetch.requires, objects, turn))
        this.#give([selected.set], objects, { turn, collecting });
  }

  /** Whether an entity's key, and what is computed of, has come by then; and whether it is of a type that is asked for. */
  #hasAll(requires: readonly QueryPlanSelectionNode[], objects: Objects, turn: Turn): boolean {
    const meant = requires.filter(
      (each) => each.kind === "InlineFragment" && this.#isMeant(objects, each.typeCondition),
    );
    return meant.length > 0 && this.#has(meant, objects, turn);
  }

  #has(selections: readonly QueryPlanSelectionNode[], objects: Objects, turn: Turn): boolean {
    return selections.every((each) => {
      if (each.kind === "InlineFragment") {
        const isMeant = this.#isMeant(objects, each.typeCondition);
        return !isMeant || this.#has(each.selections, objects, turn);
      }
      if (each.name === "__typename") return true;
      const value = objects.values.get(each.alias ?? each.name);
      if (value === undefined || !comesBefore(turn)(value)) return false;
      const { selections: inner } = each;
      return (
        inner === undefined ||
        value.objects.filter(comesBefore(turn)).every((object) => this.#has(inner, object, turn))
      );
    });
  }

  #give(
    sets: readonly SelectionSetNode[],
    objects: Objects,
    by: { turn: Turn; collecting: Collecting },
  ): void {
    const parent = this.#schema.getType(objects.type);
    if (!isObjectType(parent)) return;
    for (const [key, nodes] of collectFields(sets, parent, by.collecting)) {
      let value = objects.values.get(key);
      if (value === undefined) objects.values.set(key, (value = { by: [], objects: [] }));
      value.by.push(by.turn);
      const inner = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (inner.length === 0) continue;
      for (const type of this.#typesGiven(`${objects.type}.${nodes[0]!.name.value}`)) {
        let object = value.objects.find((each) => each.type === type);
        if (object === undefined) {
          this.#count += 1;
          if (this.#count > MAX_OBJECTS) throw new TooMany();
          value.objects.push((object = { type, by: [], values: new Map() }));
        }
        object.by.push(by.turn);
        this.#give(inner, object, by);
      }
    }
  }

  /** The types of objects that a field may give, of those that the operation may ask for. */
  #typesGiven(coordinate: string): readonly string[] {
    const { agreedTypes, planner } = this.#known;
    const { whole } = this.#rehearsed;
    const agreed = agreedTypes.get(coordinate) ?? [];
    return [...agreed].filter((name) => whole || planner.api.getType(name) !== undefined);
  }

  #missing(
    sets: readonly SelectionSetNode[],
    objects: Objects,
    asked: Collecting,
  ): string | undefined {
    const parent = this.#schema.getType(objects.type);
    if (!isObjectType(parent)) return undefined;
    for (const [key, nodes] of collectFields(sets, parent, asked)) {
      const name = nodes[0]!.name.value;
      if (name.startsWith("__")) continue;
      const value = objects.values.get(key);
      if (value === undefined) return `${objects.type}.${name}`;
      const inner = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      for (const each of value.objects) {
        const missing = this.#missing(inner, each, asked);
        if (missing !== undefined) return missing;
      }
    }
    return undefined;
  }

  #isMeant({ type }: Objects, condition: string | undefined): boolean {
    return condition === undefined || isOfType(this.#schema, { __typename: type }, condition);
  }
}

/** Whether something has come for certain when a fetch is made. */
function comesBefore(turn: Turn): (given: { by: readonly Turn[] }) => boolean {
  return ({ by }) => by.some((each) => isBefore(each, turn));
}
