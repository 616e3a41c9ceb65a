import {
  Kind,
  print,
  visit,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
} from "graphql";
import { argumentText } from "./argument-text.ts";
import { hasFields, joinsOf, withArgument } from "./joins.ts";
import { fieldSet } from "./required-fields.ts";

/** A field that something is computed of with these arguments (`@requires`). */
export interface ArgumentInput {
  readonly field: string;
  readonly arguments: readonly ConstArgumentNode[];
}

/** By a name of its own for each, which no field of any type has. */
export type ArgumentInputs = ReadonlyMap<string, ArgumentInput>;

/** The fields with arguments that a supergraph's computed fields are computed of. */
export function argumentInputs(document: DocumentNode): ArgumentInputs {
  const names = new Set<string>();
  const met = new Map<string, ArgumentInput>();
  for (const definition of document.definitions) {
    if (!hasFields(definition)) continue;
    for (const field of definition.fields ?? []) {
      names.add(field.name.value);
      for (const join of joinsOf(field))
        for (const set of fieldSet(argumentText(join, "requires") ?? "__typename"))
          visit(set, {
            Field(node) {
              if ((node.arguments ?? []).length > 0) met.set(callText(node), inputOf(node));
            },
          });
    }
  }
  const inputs = new Map<string, ArgumentInput>();
  for (const [index, input] of [...met.values()].entries()) {
    let name = `${input.field}__${index + 1}`;
    while (names.has(name)) name += "_";
    inputs.set(name, input);
  }
  return inputs;
}

/** A field with its arguments, as text. */
export function callText({ name, arguments: given = [] }: FieldNode): string {
  return print({ kind: Kind.FIELD, name, arguments: given });
}

function inputOf({ name, arguments: given = [] }: FieldNode): ArgumentInput {
  // What a supergraph says of its fields holds no variables.
  return { field: name.value, arguments: given as readonly ConstArgumentNode[] };
}

/**
 * The same supergraph for a planner, but that fields are computed of fields without arguments: of each with the arguments
 * that it takes for one of them there is one more, under the name that `inputs` has for it. A planner fetches what fields
 * are computed of under plain names, where one with other arguments would meet it.
 */
export function withArgumentInputs(document: DocumentNode, inputs: ArgumentInputs): DocumentNode {
  if (inputs.size === 0) return document;
  const nameOf = new Map(
    [...inputs].map(([name, { field, arguments: given }]) => [
      callText({
        kind: Kind.FIELD,
        name: { kind: Kind.NAME, value: field },
        arguments: given,
      }),
      name,
    ]),
  );
  const definitions = document.definitions.map((definition) => {
    if (!hasFields(definition)) return definition;
    const fields = (definition.fields ?? []).flatMap((field) => {
      const renamed = {
        ...field,
        directives: (field.directives ?? []).map((each) => computedOf(each, nameOf)),
      };
      return [renamed, ...[...inputs].flatMap(([name, input]) => taking(renamed, name, input))];
    });
    return { ...definition, fields };
  });
  return { ...document, definitions };
}

/** The field that stands for one with these arguments; none where it does not take them. */
function taking(
  field: FieldDefinitionNode,
  name: string,
  { field: wanted, arguments: given }: ArgumentInput,
): FieldDefinitionNode[] {
  const takes = new Set(field.arguments?.map((each) => each.name.value));
  const isOne =
    field.name.value === wanted && given.every((argument) => takes.has(argument.name.value));
  return isOne ? [{ ...field, name: { ...field.name, value: name }, arguments: [] }] : [];
}

/** What a subgraph says of a computed field, with what it is computed of under names of its own. */
function computedOf(
  join: ConstDirectiveNode,
  nameOf: ReadonlyMap<string, string>,
): ConstDirectiveNode {
  const requires = join.name.value === "join__field" ? argumentText(join, "requires") : undefined;
  if (requires === undefined) return join;
  const sets = fieldSet(requires).map((set) =>
    visit(set, {
      Field(node) {
        const name = nameOf.get(callText(node));
        return name === undefined
          ? undefined
          : { ...node, name: { ...node.name, value: name }, arguments: [] };
      },
    }),
  );
  const value = sets.flatMap(({ selections }) => selections.map((each) => print(each))).join(" ");
  return withArgument(join, "requires", { kind: Kind.STRING, value });
}
