import { directiveName, readLinks } from "@truc/contracts";
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
} from "graphql";
import type { Logger } from "pino";
import { followSupergraph } from "../follow-supergraph.ts";
import {
  argumentOf,
  fieldsOf,
  namedType,
  readSupergraph,
  type Supergraph,
} from "../read-supergraph.ts";
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

/** Reads the rules out of a composed supergraph, whatever its directive was renamed to. */
export function readFieldRules(text: string): FieldRules {
  const supergraph = readSupergraph(text);
  const { document, composites } = supergraph;
  const names = directiveNames(document);
  const typeRules = new Map<string, Alternatives>();
  for (const definition of document.definitions) {
    if (!("name" in definition) || definition.name === undefined) continue;
    // Composition copies implementers' rules onto their interface; it is judged by its implementers themselves.
    if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION || !("directives" in definition))
      continue;
    const rules = rulesAmong((definition.directives ?? []) as ConstDirectiveNode[], names);
    if (rules.length > 0) typeRules.set(definition.name.value, allOf(rules));
  }
  const ruleOf = ({ directives = [], type }: FieldDefinitionNode): Alternatives =>
    allOf([...rulesAmong(directives, names), typeRules.get(namedType(type)) ?? EVERYONE]);
  const guarded = new Map<string, Alternatives>();
  for (const [type, composite] of composites) {
    if (composite.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const field of fieldsOf(composite)) {
      const rule = ruleOf(field);
      if (rule.some((scopes) => scopes.length > 0))
        guarded.set(`${type}.${field.name.value}`, rule);
    }
  }
  return new Rules(new Map([...guarded].toSorted(byName)), supergraph);
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
  readonly #supergraph: Supergraph;

  constructor(guarded: ReadonlyMap<string, Alternatives>, supergraph: Supergraph) {
    this.guarded = guarded;
    this.#supergraph = supergraph;
  }

  needed(coordinate: string): Alternatives {
    const [type = "", field = ""] = coordinate.split(".");
    const { composites } = this.#supergraph;
    if (composites.get(type)?.kind !== Kind.INTERFACE_TYPE_DEFINITION)
      return this.guarded.get(coordinate) ?? EVERYONE;
    const implementers = [...composites.values()].filter(({ interfaces = [] }) =>
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
    const owner = this.#supergraph.composites.get(type);
    const field = fieldsOf(owner).find((each) => each.name.value === name);
    if (owner === undefined || field === undefined) return [];
    const own = graphsAmong(field.directives, "join__field");
    const graphs = own.length > 0 ? own : graphsAmong(owner.directives, "join__type");
    const served = [...new Set(graphs)].map((graph) => this.#supergraph.graphName(graph));
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
  return directives.flatMap((given) => {
    if (!names.has(given.name.value)) return [];
    const value = argumentOf(given, "scopes");
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
  return directives.flatMap((given) => {
    if (given.name.value !== directive) return [];
    const graph = argumentOf(given, "graph");
    const external = argumentOf(given, "external");
    if (external?.kind === Kind.BOOLEAN && external.value) return [];
    return graph?.kind === Kind.ENUM ? [graph.value] : [];
  });
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
