import { directiveName, readLinks } from "@truc/contracts";
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  type TypeNode,
} from "graphql";
import type { Logger } from "pino";
import { followSupergraph } from "../follow-supergraph.ts";

/** What a supergraph says, in plain words, of what can be read; and of whom. */
export interface FieldWords {
  /** What a type is; null where nothing is said of it, or it is not known. */
  ofType(type: string): string | null;
  /** What a field is. @param coordinate `Type.field` */
  ofField(coordinate: string): string | null;
  /** Whether objects of a type can hold data of entities of another. */
  isOf(type: string, entity: string): boolean;
  /** The subgraphs that know entities of a type by their key, sorted. */
  registersKnowing(entity: string): readonly string[];
}

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

const SPEC = "https://truc.vn/spec/access";
/** The path that says: whoever the object around belongs to. */
const AROUND = "..";

/** The words of a supergraph's file, as followSupergraph keeps them up to date. */
export function followFieldWords(file: string, log: Pick<Logger, "error">): () => FieldWords {
  return followSupergraph(file, readFieldWords, log);
}

export function readFieldWords(supergraph: string): FieldWords {
  const document = parse(supergraph, { noLocation: true });
  const types = new Map<string, Composite>();
  for (const definition of document.definitions)
    if (isComposite(definition)) types.set(definition.name.value, definition);
  const owners = ownersOf(types, subjectDirective(document));
  const graphs = graphNames(document);
  return {
    ofType: (type) => wordsOf(types.get(type)),
    ofField: (coordinate) => {
      const [type = "", field = ""] = coordinate.split(".");
      return wordsOf(fieldsOf(types.get(type)).find(({ name }) => name.value === field));
    },
    isOf: (type, entity) => type === entity || (owners.get(type)?.has(entity) ?? false),
    registersKnowing: (entity) =>
      keyedIn(types.get(entity))
        .map((graph) => graphs.get(graph) ?? graph)
        .toSorted(),
  };
}

function wordsOf(node: Composite | FieldDefinitionNode | undefined): string | null {
  const text = node?.description?.value.trim().replaceAll(/\s+/g, " ") ?? "";
  return text === "" ? null : text;
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
  return directives.flatMap(({ name, arguments: given = [] }) => {
    const path = given.find((each) => each.name.value === "path")?.value;
    return name.value === directive && path?.kind === Kind.STRING ? [path.value] : [];
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
    if (directive.name.value !== "join__type" || argument(directive, "key") === undefined)
      return [];
    const resolvable = argument(directive, "resolvable");
    if (resolvable?.kind === Kind.BOOLEAN && !resolvable.value) return [];
    const graph = argument(directive, "graph");
    return graph?.kind === Kind.ENUM ? [graph.value] : [];
  });
  return [...new Set(graphs)];
}

/** The enum values of the supergraph's graphs → the subgraphs' names. */
function graphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== "join__Graph")
      continue;
    for (const { name, directives = [] } of definition.values ?? []) {
      const graph = directives.find((directive) => directive.name.value === "join__graph");
      const value = graph && argument(graph, "name");
      if (value?.kind === Kind.STRING) names.set(name.value, value.value);
    }
  }
  return names;
}

function argument({ arguments: given = [] }: ConstDirectiveNode, wanted: string) {
  return given.find(({ name }) => name.value === wanted)?.value;
}

function fieldsOf(type: Composite | undefined): readonly FieldDefinitionNode[] {
  return type?.fields ?? [];
}

function isComposite(definition: DocumentNode["definitions"][number]): definition is Composite {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION
  );
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
