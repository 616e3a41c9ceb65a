import { directiveName, readLinks } from "@truc/contracts";
import {
  isExecutableDefinitionNode,
  Kind,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
} from "graphql";

/** `@listSize` of one field: how long the lists are that it gives. */
export interface ListSize {
  readonly assumedSize: number | undefined;
  /** Arguments that say how many are asked for. */
  readonly slicingArguments: readonly string[];
  /** Fields of the object it gives that have this length, instead of the field itself. */
  readonly sizedFields: ReadonlySet<string>;
  readonly requireOneSlicingArgument: boolean;
}

/** What a supergraph says its parts cost: Federation's `@cost` and `@listSize`, whatever they were renamed to. */
export interface CostTable {
  /** Names of types → `@cost(weight:)`. */
  readonly types: ReadonlyMap<string, number>;
  /** `Type.field` → weight, of fields and input fields. */
  readonly fields: ReadonlyMap<string, number>;
  /** `Type.field(argument:)` → weight. */
  readonly arguments: ReadonlyMap<string, number>;
  /** `Type.field` → size. */
  readonly lists: ReadonlyMap<string, ListSize>;
}

const FEATURES = ["https://specs.apollo.dev/cost", "https://specs.apollo.dev/federation"];

/** Reads the costs out of a composed supergraph. What it says nothing about has the model's own weights. */
export function readCostTable(document: DocumentNode): CostTable {
  const links = readLinks(document).filter(({ identity }) => FEATURES.includes(identity));
  const costs = new Set(links.map((link) => directiveName(link, "cost")));
  const sizes = new Set(links.map((link) => directiveName(link, "listSize")));
  const table = {
    types: new Map<string, number>(),
    fields: new Map<string, number>(),
    arguments: new Map<string, number>(),
    lists: new Map<string, ListSize>(),
  };
  const weigh = (into: Map<string, number>, at: string, node: Annotated): void => {
    const weight = intOf(argumentOf(applied(node, costs), "weight"));
    if (weight !== undefined) into.set(at, weight);
  };
  for (const definition of document.definitions) {
    if (!("name" in definition) || definition.name === undefined) continue;
    if (definition.kind === Kind.DIRECTIVE_DEFINITION || isExecutableDefinitionNode(definition))
      continue;
    const type = definition.name.value;
    weigh(table.types, type, definition);
    for (const field of "fields" in definition ? (definition.fields ?? []) : []) {
      const coordinate = `${type}.${field.name.value}`;
      weigh(table.fields, coordinate, field);
      if (field.kind !== Kind.FIELD_DEFINITION) continue;
      for (const argument of field.arguments ?? [])
        weigh(table.arguments, `${coordinate}(${argument.name.value}:)`, argument);
      const size = applied(field, sizes);
      if (size !== undefined) table.lists.set(coordinate, listSizeOf(size));
    }
  }
  return table;
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

function applied(
  { directives }: Annotated,
  names: ReadonlySet<string>,
): ConstDirectiveNode | undefined {
  return directives?.find(({ name }) => names.has(name.value));
}

function listSizeOf(directive: ConstDirectiveNode): ListSize {
  const one = argumentOf(directive, "requireOneSlicingArgument");
  return {
    assumedSize: intOf(argumentOf(directive, "assumedSize")),
    slicingArguments: textsOf(argumentOf(directive, "slicingArguments")),
    sizedFields: new Set(textsOf(argumentOf(directive, "sizedFields"))),
    requireOneSlicingArgument: one?.kind === Kind.BOOLEAN ? one.value : true,
  };
}

function argumentOf(
  directive: ConstDirectiveNode | undefined,
  name: string,
): ConstValueNode | undefined {
  return directive?.arguments?.find((argument) => argument.name.value === name)?.value;
}

function intOf(value: ConstValueNode | undefined): number | undefined {
  return value?.kind === Kind.INT ? Number(value.value) : undefined;
}

function textsOf(value: ConstValueNode | undefined): string[] {
  const values = value?.kind === Kind.LIST ? value.values : value === undefined ? [] : [value];
  return values.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : []));
}
