import {
  defaultFieldResolver,
  type FieldNode,
  getNamedType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { cursorInvalid } from "../page/connection.ts";
import type { CursorSeal } from "./cursor-seal.ts";
import type { OperationContext } from "./operation-context.ts";

type Path = GraphQLResolveInfo["path"];
type FrameResolver = GraphQLFieldResolver<unknown, OperationContext>;

/**
 * Makes every connection of a schema give sealed cursors and take them back, whatever its resolver: a list notes what
 * it is (its coordinate and its arguments without the page's) at its place in the answer, and a cursor below that place
 * is sealed for it when it is read, and only then. What a register's resolver sees is its own cursor.
 */
export function sealCursors(schema: GraphQLSchema): void {
  const lists = new WeakMap<Path, List>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      if (getNamedType(field.type).name.endsWith("Connection")) {
        field.resolve = listResolver(`${type.name}.${field.name}`, field, lists);
      } else if (holdsCursor(type.name, field.name)) {
        field.resolve = cursorResolver(field, lists);
      }
    }
  }
}

const OF_PAGE = new Set(["startCursor", "endCursor"]);
const OF_EDGE = "cursor";

function holdsCursor(typeName: string, fieldName: string): boolean {
  return typeName === "PageInfo"
    ? OF_PAGE.has(fieldName)
    : typeName.endsWith("Edge") && fieldName === OF_EDGE;
}

const asking = new WeakMap<FieldNode, boolean>();

/**
 * Whether a cursor may be asked for anywhere below: most lists are asked for what is in them alone, and there may be
 * hundreds of them in an answer.
 */
function mayAskCursor(info: GraphQLResolveInfo): boolean {
  return info.fieldNodes.some((node) => {
    let known = asking.get(node);
    if (known === undefined) asking.set(node, (known = namesCursor(node.selectionSet, info)));
    return known;
  });
}

function namesCursor(
  set: SelectionSetNode | undefined,
  { fragments }: Pick<GraphQLResolveInfo, "fragments">,
): boolean {
  const spread = new Set<string>();
  const look = (each: SelectionSetNode | undefined): boolean =>
    each?.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) {
        const { value: name } = selection.name;
        return name === OF_EDGE || OF_PAGE.has(name) || look(selection.selectionSet);
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) return look(selection.selectionSet);
      const { value: name } = selection.name;
      if (spread.has(name)) return false;
      spread.add(name);
      return look(fragments[name]?.selectionSet);
    }) === true;
  return look(set);
}

function listResolver(
  coordinate: string,
  { resolve = defaultFieldResolver }: GraphQLField<unknown, OperationContext>,
  lists: WeakMap<Path, List>,
): FrameResolver {
  return (parent, args: Record<string, unknown>, context, info) => {
    const { after } = args;
    const isPlain = after === null || after === undefined;
    if (isPlain && !mayAskCursor(info)) return resolve(parent, args, context, info);
    const list = new List(coordinate, args);
    lists.set(info.path, list);
    if (isPlain) return resolve(parent, args, context, info);
    const own = typeof after === "string" ? context.cursors.open(list.text, after) : undefined;
    if (own === undefined) throw cursorInvalid();
    return resolve(parent, { ...args, after: own }, context, info);
  };
}

function cursorResolver(
  { resolve = defaultFieldResolver }: GraphQLField<unknown, OperationContext>,
  lists: WeakMap<Path, List>,
): FrameResolver {
  return (parent, args, context, info) => {
    const list = listAround(info.path, lists);
    const sealed = (own: unknown): unknown => {
      if (own === null || own === undefined) return own;
      if (typeof own !== "string") throw new TypeError("a cursor is text");
      return list.sealed(own, context.cursors);
    };
    const own = resolve(parent, args, context, info);
    return own instanceof Promise ? own.then(sealed) : sealed(own);
  };
}

function listAround(path: Path, lists: WeakMap<Path, List>): List {
  for (let place: Path | undefined = path; place !== undefined; place = place.prev) {
    const list = lists.get(place);
    if (list !== undefined) return list;
  }
  throw new Error("a cursor stands outside of a connection");
}

/** What a cursor belongs to in one answer; put into words only where a cursor is asked for or given. */
class List {
  readonly #coordinate: string;
  readonly #args: Readonly<Record<string, unknown>>;
  #text: string | undefined;
  /** Of each own cursor: one row's may be asked for under thousands of names, and sealing is dear. */
  #sealed: Map<string, string> | undefined;

  constructor(coordinate: string, args: Readonly<Record<string, unknown>>) {
    this.#coordinate = coordinate;
    this.#args = args;
  }

  get text(): string {
    return (this.#text ??= this.#inWords());
  }

  sealed(own: string, cursors: CursorSeal): string {
    this.#sealed ??= new Map();
    let sealed = this.#sealed.get(own);
    if (sealed === undefined) this.#sealed.set(own, (sealed = cursors.seal(this.text, own)));
    return sealed;
  }

  #inWords(): string {
    const { first: _first, after: _after, ...selecting } = this.#args;
    return `${this.#coordinate} ${canonical(selecting)}`;
  }
}

/** Arguments as JSON, alike however they were written: names in order, and null as if it were not there. */
function canonical(value: unknown): string {
  return JSON.stringify(JSON.parse(JSON.stringify(value)), (_name, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, member]) => member !== null)
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
