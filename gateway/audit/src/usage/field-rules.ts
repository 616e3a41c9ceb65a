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
import { allOf, type Alternatives, EVERYONE } from "./alternatives.ts";

/** What a supergraph says of the scopes by which its fields are read. */
export interface FieldRules {
  /** `Type.field` of every field of an object type that needs scopes, sorted → what it needs. */
  readonly guarded: ReadonlyMap<string, Alternatives>;
  /** What a field needs, with what the type it gives needs; everyone may read one that is not known. */
  needed(coordinate: string): Alternatives;
  /**
   * The registers a field's data comes from, sorted: `land` for `land:parcel`. A field that needs no scope counts for
   * the one subgraph that serves it, and for none where several do, as they do a key.
   */
  registersOf(coordinate: string): readonly string[];
}

const DIRECTIVE = "requiresScopes";
const IDENTITIES = [DIRECTIVE, "federation"].map((name) => `https://specs.apollo.dev/${name}`);

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** Reads the rules out of a composed supergraph, whatever its directive was renamed to. */
export function readFieldRules(supergraph: string): FieldRules {
  const document = parse(supergraph, { noLocation: true });
  const names = directiveNames(document);
  const composites = new Map<string, Composite>();
  const typeRules = new Map<string, Alternatives>();
  for (const definition of document.definitions) {
    if (!("name" in definition) || definition.name === undefined) continue;
    const type = definition.name.value;
    if (isComposite(definition)) composites.set(type, definition);
    // Composition copies implementers' rules onto their interface; it is judged by its implementers themselves.
    if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION || !("directives" in definition))
      continue;
    const rules = rulesAmong((definition.directives ?? []) as ConstDirectiveNode[], names);
    if (rules.length > 0) typeRules.set(type, allOf(rules));
  }
  const ruleOf = ({ directives = [], type }: FieldDefinitionNode): Alternatives =>
    allOf([...rulesAmong(directives, names), typeRules.get(namedType(type)) ?? EVERYONE]);
  const guarded = new Map<string, Alternatives>();
  for (const [type, { kind, fields = [] }] of composites) {
    if (kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const field of fields) {
      const rule = ruleOf(field);
      if (rule.some((scopes) => scopes.length > 0))
        guarded.set(`${type}.${field.name.value}`, rule);
    }
  }
  return new Rules(new Map([...guarded].toSorted(byName)), composites, graphNames(document));
}

/**
 * The rules of a supergraph's file, read again within a second of its change; while it has become wrong, those it held
 * before.
 * @throws Error when it cannot be read to begin with
 */
export function followFieldRules(
  file: string,
  log: Pick<Logger, "error">,
  now?: () => number,
): () => FieldRules {
  return followSupergraph(file, readFieldRules, log, now);
}

class Rules implements FieldRules {
  readonly guarded: ReadonlyMap<string, Alternatives>;
  readonly #composites: ReadonlyMap<string, Composite>;
  readonly #graphs: ReadonlyMap<string, string>;

  constructor(
    guarded: ReadonlyMap<string, Alternatives>,
    composites: ReadonlyMap<string, Composite>,
    graphs: ReadonlyMap<string, string>,
  ) {
    this.guarded = guarded;
    this.#composites = composites;
    this.#graphs = graphs;
  }

  needed(coordinate: string): Alternatives {
    const [type = "", field = ""] = coordinate.split(".");
    if (this.#composites.get(type)?.kind !== Kind.INTERFACE_TYPE_DEFINITION)
      return this.guarded.get(coordinate) ?? EVERYONE;
    const implementers = [...this.#composites.values()].filter(({ interfaces = [] }) =>
      interfaces.some(({ name }) => name.value === type),
    );
    return allOf(
      implementers.map(({ name }) => this.guarded.get(`${name.value}.${field}`) ?? EVERYONE),
    );
  }

  registersOf(coordinate: string): readonly string[] {
    const scopes = this.needed(coordinate).flat();
    const registers = scopes.length > 0 ? scopes.map(registerOf) : this.#servingGraphs(coordinate);
    return [...new Set(registers)].toSorted();
  }

  /** The one subgraph that serves a field, as a list; empty where there are several, or none is known. */
  #servingGraphs(coordinate: string): string[] {
    const [type = "", name = ""] = coordinate.split(".");
    const owner = this.#composites.get(type);
    const field = owner?.fields?.find((each) => each.name.value === name);
    if (owner === undefined || field === undefined) return [];
    const own = graphsAmong(field.directives, "join__field");
    const graphs = own.length > 0 ? own : graphsAmong(owner.directives, "join__type");
    const served = [...new Set(graphs)].map((graph) => this.#graphs.get(graph) ?? graph);
    return served.length === 1 ? served : [];
  }
}

/** `land` of `land:parcel`. */
export function registerOf(scope: string): string {
  return scope.split(":", 1)[0]!;
}

function directiveNames(document: DocumentNode): ReadonlySet<string> {
  const linked = readLinks(document).filter(({ identity }) => IDENTITIES.includes(identity));
  return new Set(linked.map((link) => directiveName(link, DIRECTIVE)));
}

function rulesAmong(
  directives: readonly ConstDirectiveNode[],
  names: ReadonlySet<string>,
): Alternatives[] {
  return directives.flatMap(({ name, arguments: given = [] }) => {
    if (!names.has(name.value)) return [];
    const value = given.find((argument) => argument.name.value === "scopes")?.value;
    const lists = value?.kind === Kind.LIST ? value.values : [];
    const alternatives = lists.map((list) =>
      (list.kind === Kind.LIST ? list.values : [list]).flatMap((scope) =>
        scope.kind === Kind.STRING ? [scope.value] : [],
      ),
    );
    return [alternatives];
  });
}

/** Graphs that directives of one name stand for, left out those that only mention the field as another's. */
function graphsAmong(directives: readonly ConstDirectiveNode[] = [], directive: string): string[] {
  return directives.flatMap(({ name, arguments: given = [] }) => {
    if (name.value !== directive) return [];
    const argument = (wanted: string) => given.find((each) => each.name.value === wanted)?.value;
    const graph = argument("graph");
    const external = argument("external");
    if (external?.kind === Kind.BOOLEAN && external.value) return [];
    return graph?.kind === Kind.ENUM ? [graph.value] : [];
  });
}

/** The enum values of the supergraph's graphs → the subgraphs' names. */
function graphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== "join__Graph")
      continue;
    for (const { name, directives = [] } of definition.values ?? []) {
      const graph = directives.find((directive) => directive.name.value === "join__graph");
      const value = graph?.arguments?.find((argument) => argument.name.value === "name")?.value;
      if (value?.kind === Kind.STRING) names.set(name.value, value.value);
    }
  }
  return names;
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

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
