import {
  getNamedType,
  isCompositeType,
  isObjectType,
  Kind,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import { operationIn } from "../operation-in.ts";
import { collectFields, type Collecting } from "../shape/collect-fields.ts";
import { TYPENAME } from "./typename.ts";

/** More fields are not written out: to plan them would take too long again. */
const MAX_FIELDS = 2_000;

class TooMany extends Error {}

/**
 * The document with what is selected of an interface or a union written out for each type of object. For fields of an
 * interface the planner counts the ways to each of its types times those to every other, and those to what is selected
 * of them times all these; where each type stands for itself, their ways are looked for one after the other.
 * @param document without conditions
 * @returns undefined where nothing is to be written out, or where it would be too much
 */
export function writtenOut(
  document: DocumentNode,
  name: string | null,
  schema: GraphQLSchema,
): DocumentNode | undefined {
  const operation = operationIn(document, name);
  const root = schema.getRootType(operation.operation);
  if (!root) return undefined;
  const writing = new WritingOut(schema, document);
  try {
    const selectionSet = writing.of([operation.selectionSet], root);
    if (!writing.hasMetAbstract) return undefined;
    const definitions = document.definitions.map((each) =>
      each === operation ? { ...operation, selectionSet } : each,
    );
    return { ...document, definitions };
  } catch (error) {
    if (error instanceof TooMany) return undefined;
    throw error;
  }
}

class WritingOut {
  readonly #schema: GraphQLSchema;
  readonly #collecting: Collecting;
  #fields = 0;
  /** Whether anything was selected of an interface or a union. */
  hasMetAbstract = false;

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    this.#collecting = { schema, fragments: fragmentsIn(document), conditions: new Map() };
  }

  /** @throws TooMany */
  of(sets: readonly SelectionSetNode[], type: GraphQLCompositeType): SelectionSetNode {
    const selections = isObjectType(type)
      ? this.#ofObjects(sets, type)
      : this.#schema.getPossibleTypes(type).flatMap((each) => this.#fragment(sets, each));
    this.hasMetAbstract ||= !isObjectType(type);
    if (selections.length === 0) selections.push(TYPENAME);
    return { kind: Kind.SELECTION_SET, selections };
  }

  #fragment(sets: readonly SelectionSetNode[], type: GraphQLObjectType): InlineFragmentNode[] {
    const selections = this.#ofObjects(sets, type);
    if (selections.length === 0) return [];
    return [
      {
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
        selectionSet: { kind: Kind.SELECTION_SET, selections },
      },
    ];
  }

  #ofObjects(sets: readonly SelectionSetNode[], type: GraphQLObjectType): SelectionNode[] {
    return [...collectFields(sets, type, this.#collecting).values()].map((nodes) => {
      this.#fields += 1;
      if (this.#fields > MAX_FIELDS) throw new TooMany();
      const [field] = nodes;
      const given = type.getFields()[field!.name.value]?.type;
      const inner = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const named = given && getNamedType(given);
      if (inner.length === 0 || !isCompositeType(named)) return field!;
      return { ...field!, selectionSet: this.of(inner, named) };
    });
  }
}
