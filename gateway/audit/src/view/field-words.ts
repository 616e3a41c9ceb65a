import { directiveName, readLinks } from "@truc/contracts";
import { type DocumentNode, Kind } from "graphql";
import type { Logger } from "pino";
import { followSupergraph } from "../follow-supergraph.ts";
import {
  argumentOf,
  type Composite,
  fieldsOf,
  namedType,
  readSupergraph,
} from "../read-supergraph.ts";
import { plainLabel } from "./plain-label.ts";

/** What a supergraph says, in plain words, of what can be read; and of whom. */
export interface FieldWords {
  /** What a type is, as plainLabel has it; null where it is not known. */
  ofType(type: string): string | null;
  /** What a field is, the same way. @param coordinate `Type.field` */
  ofField(coordinate: string): string | null;
  /** Whether objects of a type can hold data of entities of another. */
  isOf(type: string, entity: string): boolean;
  /** The subgraphs that know entities of a type by their key, sorted. */
  registersKnowing(entity: string): readonly string[];
}

const SPEC = "https://truc.vn/spec/access";
/** The path that says: whoever the object around belongs to. */
const AROUND = "..";

/** The words of a supergraph's file, as followSupergraph keeps them up to date. */
export function followFieldWords(file: string, log: Pick<Logger, "error">): () => FieldWords {
  return followSupergraph(file, readFieldWords, log);
}

export function readFieldWords(text: string): FieldWords {
  const { document, composites: types, graphName } = readSupergraph(text);
  const owners = ownersOf(types, subjectDirective(document));
  return {
    ofType: (type) => labelOf(types.get(type)),
    ofField: (coordinate) => {
      const [type = "", field = ""] = coordinate.split(".");
      return labelOf(fieldsOf(types.get(type)).find(({ name }) => name.value === field));
    },
    isOf: (type, entity) => type === entity || (owners.get(type)?.has(entity) ?? false),
    registersKnowing: (entity) => keyedIn(types.get(entity)).map(graphName).toSorted(),
  };
}

function labelOf(node: Pick<Composite, "name" | "description"> | undefined): string | null {
  return node === undefined ? null : plainLabel(node.description?.value ?? "", node.name.value);
}

/**
 * For every type the entities whose data its objects can hold: those its `@subject` paths lead to, and those of the
 * objects around it. Interfaces hold what their implementers do; connections and edges carry on what is around them.
 */
function ownersOf(
  types: ReadonlyMap<string, Composite>,
  directive: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>();
  const around = new Set<string>();
  for (const [name, type] of types) {
    const paths = pathsOf(type, directive);
    owners.set(name, new Set(paths.flatMap((path) => ownerBy(path, name, types) ?? [])));
    if (paths.includes(AROUND) || /(Connection|Edge)$/.test(name)) around.add(name);
  }
  for (let changed = true; changed;) {
    changed = false;
    for (const [name, type] of types) {
      const reached = [
        ...fieldsOf(type).flatMap((field) => {
          const given = namedType(field.type);
          return around.has(given) ? [given] : [];
        }),
        ...(type.interfaces ?? []).map((implemented) => implemented.name.value),
      ];
      for (const inner of reached) {
        const into = owners.get(inner);
        if (into === undefined) continue;
        const before = into.size;
        for (const owner of owners.get(name)!) into.add(owner);
        changed ||= into.size > before;
      }
    }
  }
  return owners;
}

function pathsOf({ directives = [] }: Composite, directive: string): string[] {
  return directives.flatMap((given) => {
    const path = argumentOf(given, "path");
    return given.name.value === directive && path?.kind === Kind.STRING ? [path.value] : [];
  });
}

/** The type that holds the key a path ends with. */
function ownerBy(
  path: string,
  from: string,
  types: ReadonlyMap<string, Composite>,
): string | undefined {
  if (path === AROUND) return undefined;
  let type = from;
  for (const step of path.split(".").slice(0, -1)) {
    const field = fieldsOf(types.get(type)).find(({ name }) => name.value === step);
    if (field === undefined) return undefined;
    type = namedType(field.type);
  }
  return type;
}

function subjectDirective(document: DocumentNode): string {
  const link = readLinks(document).find(({ identity }) => identity === SPEC);
  return link === undefined ? "subject" : directiveName(link, "subject");
}

/** The graphs that resolve a type by a key. */
function keyedIn(type: Composite | undefined): string[] {
  const graphs = (type?.directives ?? []).flatMap((directive) => {
    if (directive.name.value !== "join__type" || argumentOf(directive, "key") === undefined)
      return [];
    const resolvable = argumentOf(directive, "resolvable");
    if (resolvable?.kind === Kind.BOOLEAN && !resolvable.value) return [];
    const graph = argumentOf(directive, "graph");
    return graph?.kind === Kind.ENUM ? [graph.value] : [];
  });
  return [...new Set(graphs)];
}
