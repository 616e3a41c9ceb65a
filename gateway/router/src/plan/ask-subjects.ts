import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { TYPENAME } from "./typename.ts";
import type { SubjectPaths, SubjectStep } from "../supergraph/subject-paths.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";

/** A document that also asks whose data each of its objects holds. */
export interface AskedSubjects {
  /** What is planned. Nothing it adds is in the answer, which is shaped by what was asked. */
  readonly document: DocumentNode;
  /** What the response keys of added fields begin with; no other key does. */
  readonly prefix: string;
  /** Object types that are not asked, because the caller must not learn that they are there. */
  readonly hidden: ReadonlySet<string>;
}

type Known = Pick<Supergraph, "planner" | "subjects" | "added">;

/**
 * Adds to a document, wherever it selects objects whose type names a subject, the paths to the keys of whose data they
 * hold. Where the type is an interface or union they are added for every type that an object may turn out to be.
 *
 * They are fetched under response keys of their own, one for each coordinate, so that they are never confused with
 * what the caller or the planner selects, are fetched from places of their own, and what goes wrong with them is known
 * to be none of the caller's fields. Only a key that the caller has selected herself, under its own name, is read
 * from there.
 * @param document without `@skip` and `@include`, its fields kept apart already
 * @returns also whether it selects what callers do not see
 */
export function askSubjects(
  document: DocumentNode,
  supergraph: Known,
  hidden: ReadonlySet<string>,
): { asked: AskedSubjects; whole: boolean } {
  const { schema } = supergraph.planner;
  const prefix = freePrefix(document, supergraph.added);
  const additions = new Additions(supergraph, prefix, hidden);
  const info = new TypeInfo(schema);
  const asked = visit(
    document,
    visitWithTypeInfo(info, {
      Field: {
        leave(node) {
          if (node.selectionSet === undefined) return undefined;
          const type = getNamedType(info.getFieldDef()?.type);
          const added = type == null ? [] : [...additions.of(type, node.selectionSet)];
          // Whatever lies within is found by the object's type, which is not fetched everywhere by itself.
          if (added.length === 0 && isAbstractType(type) && asksWithin(node.selectionSet, prefix))
            added.push(TYPENAME);
          if (added.length === 0) return undefined;
          const selections = [...node.selectionSet.selections, ...added];
          return { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections } };
        },
      },
    }),
  );
  return { asked: { document: asked, prefix, hidden }, whole: additions.unseen };
}

/** Whether anything was added within these selections; what spreads name is not looked at, and may have been. */
function asksWithin({ selections }: SelectionSetNode, prefix: string): boolean {
  return selections.some(
    (each) =>
      each.kind === Kind.FRAGMENT_SPREAD ||
      (each.kind === Kind.FIELD && each.alias?.value.startsWith(prefix) === true) ||
      (each.selectionSet !== undefined && asksWithin(each.selectionSet, prefix)),
  );
}

/**
 * The types of whom it depends on the caller whether they are asked: those with a rule of their own that an interface
 * or union of the document may turn out to be.
 */
export function hideableSubjects(
  document: DocumentNode,
  { access, planner, subjects }: Pick<Supergraph, "access" | "planner" | "subjects">,
): readonly string[] {
  const guarded = [...subjects.types.keys()].filter((name) => access.types.has(name));
  if (guarded.length === 0) return [];
  const { schema } = planner;
  const found = new Set<string>();
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: {
        leave() {
          const type = getNamedType(info.getFieldDef()?.type);
          if (!isAbstractType(type)) return;
          for (const { name } of schema.getPossibleTypes(type))
            if (guarded.includes(name)) found.add(name);
        },
      },
    }),
  );
  return [...found].toSorted();
}

/** What of whose data an object holds is selected by a key of its own. */
export function subjectKey(prefix: string, { number }: SubjectStep): string {
  return `${prefix}${number}`;
}

/** Where the object stands that a place only says the owner of; undefined where it says anything else. */
export function placeAround(
  asked: AskedSubjects | undefined,
  path: readonly (string | number)[],
): readonly (string | number)[] | undefined {
  if (asked === undefined) return undefined;
  const end = path.findIndex((key) => typeof key === "string" && key.startsWith(asked.prefix));
  return end === -1 ? undefined : path.slice(0, end);
}

function freePrefix(document: DocumentNode, added: ReadonlySet<string>): string {
  const keys = new Set<string>(added);
  visit(document, { Field: ({ name, alias }) => void keys.add((alias ?? name).value) });
  let prefix = "subject_";
  while ([...keys].some((key) => key.startsWith(prefix))) prefix += "_";
  return prefix;
}

/** What is added to selections, by the type they are made of. */
class Additions {
  /** Whether any of them selects what callers do not see. */
  unseen = false;
  readonly #subjects: SubjectPaths;
  readonly #schema: GraphQLSchema;
  readonly #prefix: string;
  readonly #hidden: ReadonlySet<string>;
  readonly #abstract = new Map<string, readonly SelectionNode[]>();

  constructor({ subjects, planner }: Known, prefix: string, hidden: ReadonlySet<string>) {
    this.#subjects = subjects;
    this.#schema = planner.schema;
    this.#prefix = prefix;
    this.#hidden = hidden;
  }

  of(type: GraphQLNamedType, selected: SelectionSetNode): readonly SelectionNode[] {
    if (isObjectType(type)) return this.#ofObject(type.name, selected);
    if (!isAbstractType(type)) return [];
    let known = this.#abstract.get(type.name);
    if (known === undefined) {
      known = this.#ofPossible(this.#schema.getPossibleTypes(type).map(({ name }) => name));
      this.#abstract.set(type.name, known);
    }
    return known;
  }

  #ofPossible(names: readonly string[]): SelectionNode[] {
    const owners = names.filter(
      (name) => this.#subjects.types.has(name) && !this.#hidden.has(name),
    );
    const fragments = owners.flatMap((name): SelectionNode[] => {
      const selections = this.#ofObject(name, undefined);
      if (selections.length === 0) return [];
      return [
        {
          kind: Kind.INLINE_FRAGMENT,
          typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
          selectionSet: { kind: Kind.SELECTION_SET, selections },
        },
      ];
    });
    // Who is found by the object around alone is recognised by the type.
    return owners.length === 0 ? [] : [TYPENAME, ...fragments];
  }

  #ofObject(type: string, selected: SelectionSetNode | undefined): SelectionNode[] {
    const subjects = this.#subjects.types.get(type);
    if (subjects === undefined) return [];
    const missing = subjects.steps.filter((step) => !isSelected(step, selected));
    if (missing.length > 0 && subjects.unseen) this.unseen = true;
    return missing.map((step) => this.#step(step));
  }

  #step(step: SubjectStep): FieldNode {
    const { field, inner } = step;
    const selected = inner?.map((each) => this.#step(each)) ?? [];
    // The object's type says whose key it is where an interface has the field.
    const isTold = inner?.every(({ owner }) => owner !== undefined) ?? true;
    const selections = isTold ? selected : [TYPENAME, ...selected];
    return {
      kind: Kind.FIELD,
      alias: { kind: Kind.NAME, value: subjectKey(this.#prefix, step) },
      name: { kind: Kind.NAME, value: field },
      ...(inner === undefined ? {} : { selectionSet: { kind: Kind.SELECTION_SET, selections } }),
    };
  }
}

/** Whether the key itself stands in the selections, as it is called and without arguments: conditions are gone. */
function isSelected(
  { field, inner }: SubjectStep,
  selected: SelectionSetNode | undefined,
): boolean {
  return (
    inner === undefined &&
    selected !== undefined &&
    selected.selections.some(
      (each) =>
        each.kind === Kind.FIELD &&
        each.alias === undefined &&
        (each.arguments ?? []).length === 0 &&
        each.name.value === field,
    )
  );
}
