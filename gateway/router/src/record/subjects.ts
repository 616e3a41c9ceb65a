import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import type { Execution } from "../execute.ts";
import type { ResultMap } from "../execute/merge.ts";
import type { Plan } from "../plan.ts";
import { subjectKey, type AskedSubjects } from "../plan/ask-subjects.ts";
import { Piece } from "../splice/piece.ts";
import type { SubjectPaths } from "../supergraph/subject-paths.ts";
import {
  keyReader,
  NOBODY,
  readKeys,
  SOMEBODY,
  UNTOLD,
  type KeyReader,
  type Keys,
} from "./key-readers.ts";

/** Whose data one request has read. */
export interface Subjects {
  /** Objects that belong to somebody, each time one stands there. */
  readonly objects: number;
  /** Keys of those they belong to, by the name of the entity's type. */
  readonly byType: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What was found about whose data a request has read. */
interface FoundSubjects extends Subjects {
  /** Objects that cannot be told to belong to nobody, because something on the way is not what the schema says. */
  readonly untold: ReadonlySet<ResultMap>;
}

type Fetched = Pick<Execution, "plan" | "data" | "notHad" | "discarded">;

const memory = new WeakMap<ResultMap, FoundSubjects>();

/**
 * Whose data the fetches of a request have brought, whether it is in the answer or not: for every object whose type
 * names a subject, the keys its paths lead to. A null on the way leads to nobody where the schema allows for one. It is
 * found in the data alone, by a walk that is worked out once for each plan, when all fetches are done.
 */
export function subjectsOf({ plan, data, notHad, discarded }: Fetched): FoundSubjects {
  const before = memory.get(data);
  if (before !== undefined) return before;
  const found: Found = { objects: 0, byType: new Map(), notHad, untold: new Set() };
  const walk = walkOf(plan);
  if (walk !== undefined)
    for (const root of [data, ...discarded]) visitObject(root, walk, false, found);
  memory.set(data, found);
  return found;
}

interface Found extends Keys {
  objects: number;
  readonly untold: Set<ResultMap>;
}

/** How objects of one type at one place are gone through. */
export interface Walk {
  /** Whether the type names a subject. */
  readonly owned: boolean;
  /** Whether one is whoever the object around belongs to. */
  readonly around: boolean;
  readonly readers: readonly KeyReader[];
  readonly places: readonly Place[];
}

/** A response key under which something stands that belongs to somebody, or holds what does. */
interface Place {
  readonly key: string;
  /** For objects of the one type that can stand here; undefined where their names tell. */
  readonly only: Walk | undefined;
  /** By the types that can stand here; undefined for those of which nothing belongs to anybody. */
  readonly byType: ReadonlyMap<string, Walk | undefined>;
}

/** No schema has lists within lists as deep; what a register nests deeper is of no type that could be shown. */
const MAX_LISTS = 64;

function visitValue(value: unknown, place: Place, around: boolean, found: Found, lists = 0): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    if (lists < MAX_LISTS)
      for (const item of value) visitValue(item, place, around, found, lists + 1);
    return;
  }
  if (value instanceof Piece) {
    addPiece(value, around, found);
    return;
  }
  const map = value as ResultMap;
  const name = map["__typename"] as string;
  const walk = place.only ?? place.byType.get(name);
  if (walk !== undefined) visitObject(map, walk, around, found);
  else if (!place.byType.has(name)) found.untold.add(map);
}

/** Text that was looked through already. */
function addPiece(piece: Piece, around: boolean, found: Found): void {
  found.objects += around ? piece.objectsAround : piece.objects;
  piece.addKeys(found.byType);
}

function visitObject(map: ResultMap, walk: Walk, around: boolean, found: Found): void {
  let belongs = around;
  if (walk.owned) {
    let told = walk.around && around ? SOMEBODY : NOBODY;
    for (const reader of walk.readers) told |= readKeys(map, reader, found);
    if ((told & UNTOLD) !== 0) found.untold.add(map);
    belongs = (told & SOMEBODY) !== 0;
    if (belongs) found.objects += 1;
  }
  for (const place of walk.places) visitValue(map[place.key], place, belongs, found);
}

const walks = new WeakMap<AskedSubjects, { readonly walk: Walk | undefined }>();

/** How the merged data of a plan is gone through; undefined where nothing in it can belong to anybody. */
export function walkOf({
  operation: { supergraph, name },
  subjects,
}: {
  operation: Pick<Plan["operation"], "supergraph" | "name">;
  subjects: Plan["subjects"];
}): Walk | undefined {
  if (subjects === undefined) return undefined;
  let known = walks.get(subjects);
  if (known === undefined) {
    const { schema } = supergraph.planner;
    known = { walk: new Compiler(subjects, supergraph.subjects, schema).walk(name) };
    walks.set(subjects, known);
  }
  return known.walk;
}

/** Works out, for one document, where objects that belong to somebody can stand. */
class Compiler {
  readonly #document: DocumentNode;
  readonly #prefix: string;
  readonly #hidden: ReadonlySet<string>;
  readonly #subjects: SubjectPaths;
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #numbers = new Map<SelectionSetNode, number>();
  readonly #known = new Map<string, Walk | undefined>();

  constructor(asked: AskedSubjects, subjects: SubjectPaths, schema: GraphQLSchema) {
    this.#document = asked.document;
    this.#prefix = asked.prefix;
    this.#hidden = asked.hidden;
    this.#subjects = subjects;
    this.#schema = schema;
    this.#fragments = fragmentsIn(asked.document);
  }

  walk(name: string | null): Walk | undefined {
    const operation = this.#document.definitions.find(
      (each): each is OperationDefinitionNode =>
        each.kind === Kind.OPERATION_DEFINITION && (name === null || each.name?.value === name),
    );
    const root = operation && this.#schema.getRootType(operation.operation);
    const walk = root ? this.#walkOf([operation.selectionSet], root) : undefined;
    // What the root itself is asked for is the caller's choice alone.
    return walk && { ...walk, readers: [] };
  }

  /** @returns undefined where nothing at or below these objects belongs to anybody */
  #walkOf(sets: readonly SelectionSetNode[], type: GraphQLObjectType): Walk | undefined {
    // The same selections of the same type stand in many places, where interfaces lie within each other.
    const id = `${sets.map((set) => this.#numberOf(set)).join(" ")} ${type.name}`;
    if (this.#known.has(id)) return this.#known.get(id);
    const fields = this.#fieldsOf(sets, type);
    const subjects = this.#subjects.types.get(type.name);
    const places = [...fields].flatMap(([key, { name, inner }]) =>
      inner.length === 0 || key.startsWith(this.#prefix)
        ? []
        : (this.#place(key, name, inner, type) ?? []),
    );
    const readers = (subjects?.steps ?? []).map((each) =>
      keyReader(each, type.name, this.#schema, (step) => {
        const own = subjectKey(this.#prefix, step);
        // A key that the caller selects herself is read from there.
        return step !== each || fields.has(own) ? own : step.field;
      }),
    );
    const walk =
      subjects === undefined && places.length === 0
        ? undefined
        : { owned: subjects !== undefined, around: subjects?.around ?? false, readers, places };
    this.#known.set(id, walk);
    return walk;
  }

  #place(
    key: string,
    field: string,
    sets: readonly SelectionSetNode[],
    parent: GraphQLObjectType,
  ): Place | undefined {
    const given = getNamedType(parent.getFields()[field]?.type);
    if (isObjectType(given)) {
      const only = this.#walkOf(sets, given);
      return only && { key, only, byType: new Map() };
    }
    if (!isAbstractType(given)) return undefined;
    const byType = new Map<string, Walk | undefined>();
    for (const type of this.#schema.getPossibleTypes(given))
      byType.set(type.name, this.#hidden.has(type.name) ? undefined : this.#walkOf(sets, type));
    const leads = [...byType.values()].some((walk) => walk !== undefined);
    return leads ? { key, only: undefined, byType } : undefined;
  }

  /** The fields that these selections make of an object of the type, by response key. */
  #fieldsOf(
    sets: readonly SelectionSetNode[],
    type: GraphQLObjectType,
  ): Map<string, { name: string; inner: SelectionSetNode[] }> {
    const fields = new Map<string, { name: string; inner: SelectionSetNode[] }>();
    const spread = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const { name, alias, selectionSet } = selection;
          const key = (alias ?? name).value;
          const known = fields.get(key) ?? { name: name.value, inner: [] };
          if (selectionSet !== undefined) known.inner.push(selectionSet);
          fields.set(key, known);
          continue;
        }
        if (selection.kind === Kind.FRAGMENT_SPREAD) {
          if (spread.has(selection.name.value)) continue;
          spread.add(selection.name.value);
        }
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT
            ? selection
            : this.#fragments.get(selection.name.value);
        const condition = fragment?.typeCondition?.name.value;
        if (fragment !== undefined && this.#isMeant(condition, type))
          collect(fragment.selectionSet);
      }
    };
    for (const set of sets) collect(set);
    return fields;
  }

  #isMeant(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const on: GraphQLNamedType | undefined = this.#schema.getType(condition);
    return isAbstractType(on) && this.#schema.isSubType(on, type);
  }

  #numberOf(set: SelectionSetNode): number {
    let number = this.#numbers.get(set);
    if (number === undefined) this.#numbers.set(set, (number = this.#numbers.size));
    return number;
  }
}
