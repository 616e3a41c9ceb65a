import {
  ACCESS_SPEC_URL,
  DATA_CLASSES,
  type DataClass,
  directiveName,
  type Link,
  readLinks,
} from "@truc/contracts";
import {
  Kind,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type ObjectTypeDefinitionNode,
  type TypeDefinitionNode,
} from "graphql";
import { both, OPEN, type Rule } from "./rule.ts";
import { SupergraphRefused } from "./supergraph-refused.ts";

/** For every type and field coordinate of a supergraph, the rule that guards it and the class of its data. */
export interface AccessTable {
  /** Named types → rule. */
  readonly types: ReadonlyMap<string, Rule>;
  /** `Type.field` → rule; interfaces are absent, they are judged by their implementers. */
  readonly fields: ReadonlyMap<string, Rule>;
  /** `Type.field` → class; what has none is not personal data of a register of the platform. */
  readonly classes: ReadonlyMap<string, DataClass>;
  /** Type → paths to the key of the entity whose data it holds. */
  readonly subjects: ReadonlyMap<string, readonly string[]>;
  /** `Type.field` of what answers by conditions other than identifiers: open only where a grant allows searches. */
  readonly searches: ReadonlySet<string>;
}

const FEDERATION = "https://specs.apollo.dev/";
const SECURITY_DIRECTIVES = ["authenticated", "requiresScopes", "policy"] as const;
/** Security features that are kept by somebody else: what is inaccessible never comes into the schema callers see. */
const KEPT_ELSEWHERE = ["inaccessible"];
type SecurityDirective = (typeof SECURITY_DIRECTIVES)[number];

/** Which directive names of this document mean which rule, whatever they were renamed to. */
interface Vocabulary {
  security: Map<string, SecurityDirective>;
  data: string | undefined;
  subject: string | undefined;
  search: string | undefined;
}

/**
 * Reads the rules out of a composed supergraph.
 * @throws SupergraphRefused for a SECURITY feature that is not understood, for rules that mean "everyone", and where
 *   a SECURITY feature is linked but nothing is guarded
 */
export function readAccessTable(document: DocumentNode): AccessTable {
  const links = readLinks(document);
  const vocabulary = readVocabulary(links);
  const table = {
    types: new Map<string, Rule>(),
    fields: new Map<string, Rule>(),
    classes: new Map<string, DataClass>(),
    subjects: new Map<string, string[]>(),
    searches: new Set<string>(),
  };
  for (const definition of document.definitions) {
    if (
      !("name" in definition) ||
      definition.name === undefined ||
      definition.kind === Kind.DIRECTIVE_DEFINITION
    ) {
      continue;
    }
    if (!("directives" in definition)) continue;
    readType(definition as TypeDefinitionNode, vocabulary, table);
  }
  refuseUnlinked(document, vocabulary);
  const guards = SECURITY_DIRECTIVES.map((directive) => `${FEDERATION}${directive}`);
  if (
    links.some(({ identity }) => guards.includes(identity)) &&
    table.types.size + table.fields.size === 0
  ) {
    throw new SupergraphRefused(
      "The supergraph links a security feature, but guards nothing with it.",
    );
  }
  return table;
}

function readVocabulary(links: readonly Link[]): Vocabulary {
  const vocabulary: Vocabulary = {
    security: new Map(),
    data: undefined,
    subject: undefined,
    search: undefined,
  };
  for (const link of links) {
    for (const directive of SECURITY_DIRECTIVES) {
      if (
        link.identity === `${FEDERATION}${directive}` ||
        link.identity === `${FEDERATION}federation`
      ) {
        vocabulary.security.set(directiveName(link, directive), directive);
      }
    }
    if (link.identity === ACCESS_SPEC_URL.replace(/\/v\d+\.\d+$/, "")) {
      vocabulary.data = directiveName(link, "data");
      vocabulary.subject = directiveName(link, "subject");
      vocabulary.search = directiveName(link, "search");
    }
    const understood = [...SECURITY_DIRECTIVES, ...KEPT_ELSEWHERE].some(
      (feature) => link.identity === `${FEDERATION}${feature}`,
    );
    if (link.purpose === "SECURITY" && !understood) {
      throw new SupergraphRefused(
        `The supergraph needs the security feature ${link.identity}, which is not known here.`,
      );
    }
  }
  return vocabulary;
}

/** A security directive that stands somewhere without being linked is a rule nobody would follow. */
function refuseUnlinked(document: DocumentNode, { security }: Vocabulary): void {
  visit(document, {
    Directive({ name }) {
      const own = SECURITY_DIRECTIVES.some(
        (each) => name.value === each || name.value.endsWith(`__${each}`),
      );
      if (!own || security.has(name.value)) return;
      throw new SupergraphRefused(`The supergraph applies @${name.value} without linking it.`);
    },
  });
}

interface MutableTable {
  types: Map<string, Rule>;
  fields: Map<string, Rule>;
  classes: Map<string, DataClass>;
  subjects: Map<string, string[]>;
  searches: Set<string>;
}

function readType(
  definition: TypeDefinitionNode,
  vocabulary: Vocabulary,
  table: MutableTable,
): void {
  // Composition copies the implementers' rules onto interfaces; judging an interface by its implementers makes the
  // copies redundant, and following them would refuse fragments that are allowed.
  if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) return;
  const name = definition.name.value;
  const rule = readRule(name, definition.directives ?? [], vocabulary);
  if (rule !== undefined) table.types.set(name, rule);
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return;
  const subjects = (definition.directives ?? [])
    .filter((directive) => directive.name.value === vocabulary.subject)
    .flatMap((directive) => stringArgument(directive, "path") ?? []);
  if (subjects.length > 0) table.subjects.set(name, subjects);
  for (const field of definition.fields ?? []) readField(definition, field, vocabulary, table);
}

function readField(
  parent: ObjectTypeDefinitionNode,
  field: FieldDefinitionNode,
  vocabulary: Vocabulary,
  table: MutableTable,
): void {
  const coordinate = `${parent.name.value}.${field.name.value}`;
  const rule = readRule(coordinate, field.directives ?? [], vocabulary);
  if (rule !== undefined) table.fields.set(coordinate, rule);
  if (field.directives?.some(({ name }) => name.value === vocabulary.search))
    table.searches.add(coordinate);
  const data = field.directives?.find((directive) => directive.name.value === vocabulary.data);
  const value = data?.arguments?.find((argument) => argument.name.value === "class")?.value;
  if (value?.kind === Kind.ENUM && (DATA_CLASSES as readonly string[]).includes(value.value)) {
    table.classes.set(coordinate, value.value as DataClass);
  }
}

function readRule(
  coordinate: string,
  directives: readonly ConstDirectiveNode[],
  vocabulary: Vocabulary,
): Rule | undefined {
  let rule: Rule | undefined;
  for (const directive of directives) {
    const meaning = vocabulary.security.get(directive.name.value);
    if (meaning === undefined) continue;
    const next: Rule =
      meaning === "authenticated"
        ? OPEN
        : meaning === "policy"
          ? { scopes: null, policy: true }
          : { scopes: readScopes(coordinate, directive), policy: false };
    rule = rule === undefined ? next : both(rule, next);
  }
  return rule;
}

function readScopes(coordinate: string, directive: ConstDirectiveNode): string[][] {
  const value = directive.arguments?.find((argument) => argument.name.value === "scopes")?.value;
  const lists = value === undefined ? [] : value.kind === Kind.LIST ? value.values : [value];
  const scopes = lists.map((list) =>
    (list.kind === Kind.LIST ? list.values : [list]).flatMap((item) =>
      item.kind === Kind.STRING ? [item.value] : [],
    ),
  );
  if (scopes.length === 0 || scopes.some((alternative) => alternative.length === 0)) {
    throw new SupergraphRefused(
      `An empty list of scopes guards ${coordinate}, which would let everyone in.`,
    );
  }
  return scopes;
}

function stringArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/**
 * The supergraph without its security directives: what the planner, which refuses to load them, is given after the
 * access table has been read.
 */
export function withoutSecurity(document: DocumentNode): DocumentNode {
  const links = readLinks(document).filter(({ identity }) =>
    SECURITY_DIRECTIVES.some((directive) => identity === `${FEDERATION}${directive}`),
  );
  const identities = new Set(links.map(({ identity }) => identity));
  const names = new Set(
    links.flatMap((link) =>
      SECURITY_DIRECTIVES.filter((d) => link.identity.endsWith(`/${d}`)).map((d) =>
        directiveName(link, d),
      ),
    ),
  );
  const prefixes = links.map(({ namespace }) => `${namespace}__`);
  return visit(document, {
    Directive(node) {
      if (names.has(node.name.value)) return null;
      const url = node.arguments?.find(
        ({ name }) => name.value === "url" || name.value === "feature",
      )?.value;
      const identity = url?.kind === Kind.STRING ? url.value.replace(/\/v\d+\.\d+\/?$/, "") : "";
      return identities.has(identity) ? null : undefined;
    },
    DirectiveDefinition: (node) => (names.has(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) =>
      prefixes.some((prefix) => node.name.value.startsWith(prefix)) ? null : undefined,
  });
}
