import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type GraphQLField,
  type GraphQLSchema,
} from "graphql";

const META = new Map<string, GraphQLField<unknown, unknown>>(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
);

/** The fields of introspection that every schema has without naming them. */
export function introspectionField(name: string): GraphQLField<unknown, unknown> | undefined {
  return META.get(name);
}

const lengths = new WeakMap<GraphQLSchema, ReadonlyMap<string, number>>();

/**
 * How many values a field of introspection gives in this schema, on average; undefined for every other field. A single
 * type that is asked for by its name counts as all of them: it may be the largest.
 */
export function introspectionLength(
  schema: GraphQLSchema,
  parent: string,
  field: string,
): number | undefined {
  if (field === "__typename" || field === "__schema") return 1;
  let known = lengths.get(schema);
  if (known === undefined) lengths.set(schema, (known = lengthsIn(schema)));
  if (field === "__type") return known.get("__Schema.types");
  return parent.startsWith("__") ? (known.get(`${parent}.${field}`) ?? 1) : undefined;
}

function lengthsIn(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const directives = schema.getDirectives();
  const fields = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  const inputs = types.flatMap((type) =>
    isInputObjectType(type) ? Object.values(type.getFields()) : [],
  );
  const values = types.flatMap((type) => (isEnumType(type) ? type.getValues() : []));
  const sum = (numbers: number[]): number => numbers.reduce((all, each) => all + each, 0);
  const each = types.length;
  const argumentsIn = (of: readonly { args: readonly unknown[] }[]): number =>
    sum(of.map(({ args }) => args.length)) / Math.max(1, of.length);
  return new Map([
    ["__Schema.types", each],
    ["__Schema.directives", directives.length],
    ["__Directive.args", argumentsIn(directives)],
    [
      "__Directive.locations",
      sum(directives.map(({ locations }) => locations.length)) / Math.max(1, directives.length),
    ],
    ["__Field.args", argumentsIn(fields)],
    ["__Type.fields", fields.length / each],
    ["__Type.inputFields", inputs.length / each],
    ["__Type.enumValues", values.length / each],
  ]);
}
