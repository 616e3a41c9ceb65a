import {
  Kind,
  parse,
  print,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type FieldDefinitionNode,
} from "graphql";
import { namesOf, type AccessDirective } from "./directive-names.ts";

interface SubgraphSchema {
  name: string;
  schema: string;
}

/** One side of what a subgraph says of a coordinate (its rule, or its data class), as text that is equal when they are. */
interface Guard {
  subgraph: string;
  text: string;
}

/**
 * What composition lets pass and the platform does not: rules on interfaces, alternatives of scopes that everybody
 * satisfies, and subgraphs that disagree about a shared coordinate (composition only hints, and picks or adds up).
 * @returns one sentence per problem
 */
export function problemsOfAccessRules(subgraphs: readonly SubgraphSchema[]): string[] {
  const problems: string[] = [];
  const guards = new Map<string, Guard[]>();
  const note = (side: string, subgraph: string, rules: RuleAt[]): void => {
    const present = guards.get(side) ?? guards.set(side, []).get(side)!;
    present.push({
      subgraph,
      text: rules
        .map(({ text }) => text)
        .toSorted()
        .join(" "),
    });
  };
  for (const { name, schema } of subgraphs) {
    const document = parse(schema, { noLocation: true });
    for (const { coordinate, directives, onInterface, external } of guardedPlaces(document)) {
      const rules = rulesAt(directives, namesOf(document));
      if (onInterface && rules.some(({ directive }) => directive !== "data")) {
        problems.push(
          `${name}: ${coordinate} carries a rule, but no rule may stand on an interface or its fields.`,
        );
      }
      for (const { directive, scopes } of rules) {
        if (directive !== "data" && scopes !== null && opensToEverybody(scopes)) {
          problems.push(
            `${name}: ${coordinate} has an empty list in @${directive}, which would mean everyone.`,
          );
        }
      }
      const classes = rules.filter(({ directive }) => directive === "data");
      // Composition takes no rule on an @external field: there the owner's stands, and the class may be left out.
      if (!external)
        note(
          `${coordinate} (rule)`,
          name,
          rules.filter((rule) => !classes.includes(rule)),
        );
      if (!external || classes.length > 0) note(`${coordinate} (data class)`, name, classes);
    }
  }
  return [...problems, ...disagreements(guards)];
}

function disagreements(guards: ReadonlyMap<string, Guard[]>): string[] {
  return [...guards].flatMap(([side, list]) => {
    const [first, ...others] = list;
    const other = others.find(({ text }) => text !== first!.text);
    if (other === undefined) return [];
    const say = ({ subgraph, text }: Guard) => `${subgraph} says ${text || "nothing"}`;
    return [
      `${side}: ${say(first!)}, but ${say(other)}; subgraphs that share a coordinate say the same of it.`,
    ];
  });
}

interface Place {
  coordinate: string;
  directives: readonly ConstDirectiveNode[];
  onInterface: boolean;
  external: boolean;
}

/** Every type and field that could carry a rule; a type's extensions count as one type. */
function guardedPlaces(document: DocumentNode): Place[] {
  const types = new Map<string, Place>();
  const fields: Place[] = [];
  const external = namesOf(document).get("external");
  for (const definition of document.definitions) {
    if (!("name" in definition) || definition.name === undefined || !("directives" in definition))
      continue;
    if (
      definition.kind === Kind.OPERATION_DEFINITION ||
      definition.kind === Kind.FRAGMENT_DEFINITION
    )
      continue;
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) continue;
    const onInterface = definition.kind.startsWith("Interface");
    const type = definition.name.value;
    const directives = (definition.directives ?? []) as readonly ConstDirectiveNode[];
    const before = types.get(type)?.directives ?? [];
    types.set(type, {
      coordinate: type,
      directives: [...before, ...directives],
      onInterface,
      external: false,
    });
    if (!/^(Object|Interface)Type/.test(definition.kind) || !("fields" in definition)) continue;
    for (const field of (definition.fields ?? []) as readonly FieldDefinitionNode[]) {
      fields.push({
        coordinate: `${type}.${field.name.value}`,
        directives: field.directives ?? [],
        onInterface,
        external: field.directives?.some(({ name }) => name.value === external) ?? false,
      });
    }
  }
  return [...types.values(), ...fields];
}

interface RuleAt {
  directive: AccessDirective;
  text: string;
  scopes: ConstValueNode | null;
}

function rulesAt(
  directives: readonly ConstDirectiveNode[],
  names: ReadonlyMap<string, string>,
): RuleAt[] {
  return directives.flatMap((node) => {
    const directive = (
      ["authenticated", "requiresScopes", "policy", "data", "search"] as const
    ).find((candidate) => names.get(candidate) === node.name.value);
    if (directive === undefined) return [];
    const value = node.arguments?.[0]?.value ?? null;
    const inBrackets = value === null ? "" : `(${canonical(value)})`;
    return [
      {
        directive,
        scopes: directive === "data" ? null : value,
        text: `@${directive}${inBrackets}`,
      },
    ];
  });
}

/** Alternatives and the scopes in them have no order. */
function canonical(value: ConstValueNode): string {
  if (value.kind !== Kind.LIST) return print(value);
  return `[${[...new Set(value.values.map(canonical))].toSorted().join(", ")}]`;
}

/** `[]`, and `[[…], []]` whatever else it lists: an alternative without a scope is satisfied by everyone. */
function opensToEverybody(scopes: ConstValueNode): boolean {
  if (scopes.kind !== Kind.LIST) return false;
  return (
    scopes.values.length === 0 ||
    scopes.values.some((item) => item.kind === Kind.LIST && item.values.length === 0)
  );
}
