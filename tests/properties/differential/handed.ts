import { Kind, type GraphQLSchema, type SelectionSetNode } from "graphql";
import { ENTITY_INTERFACE } from "./catalogue.ts";
import { computedOf, type Facts } from "./facts.ts";
import type { Thing } from "./things.ts";

type Given = Readonly<Record<string, unknown>>;

/** A subgraph is asked to compute a field without what it is computed of. */
export class NotHandedOver extends Error {
  /** The first field that is missing. */
  readonly field: string;
  constructor(field: string) {
    super(`${field} was not handed over`);
    this.field = field;
  }
}

/** What a subgraph computes a field of: of what it was handed over, and of nothing it could find out otherwise. */
export class Handed {
  readonly #facts: Facts;
  readonly #schema: GraphQLSchema;
  readonly #isHandedOver: (type: string, field: string) => boolean;

  /** @param isHandedOver whether the subgraph has a field of an entity from others only */
  constructor(
    facts: Facts,
    schema: GraphQLSchema,
    isHandedOver: (type: string, field: string) => boolean,
  ) {
    this.#facts = facts;
    this.#schema = schema;
    this.#isHandedOver = isHandedOver;
  }

  /** @throws NotHandedOver where something was not handed over that should have been */
  inputs(thing: Thing, { selections }: SelectionSetNode, given: Given): Record<string, unknown> {
    const inputs: Record<string, unknown> = {};
    for (const node of selections) {
      if (node.kind !== Kind.FIELD) continue;
      const name = node.name.value;
      if (name in given) inputs[name] = cut(given[name], node.selectionSet);
      else if ([thing.__typename, ENTITY_INTERFACE].some((type) => this.#isHandedOver(type, name)))
        throw new NotHandedOver(name);
      else {
        const own: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [node] };
        Object.assign(
          inputs,
          computedOf(this.#facts, this.#schema, thing, own, () => {}),
        );
      }
    }
    return inputs;
  }
}

/** What a field set selects of a value, without what a plan added to it. */
function cut(value: unknown, set: SelectionSetNode | undefined): unknown {
  if (set === undefined || value === null) return value;
  return Object.fromEntries(
    set.selections.flatMap((node) => {
      if (node.kind !== Kind.FIELD) return [];
      const name = node.name.value;
      const inner = (value as Given)[name];
      if (inner === undefined) throw new NotHandedOver(name);
      return [[name, cut(inner, node.selectionSet)]];
    }),
  );
}
