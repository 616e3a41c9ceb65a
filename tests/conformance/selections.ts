import {
  type GraphQLField,
  getNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isLeafType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { isPlumbing } from "./schema-reading.ts";

const carries = ({ astNode }: GraphQLField<unknown, unknown>, directive: string): boolean =>
  astNode?.directives?.some(({ name }) => name.value === directive) ?? false;

/**
 * Everything of a type down to a depth, as a selection: what can be asked without arguments, and is neither another
 * register's (@external) nor computed from it (@requires). Lists of pages are asked for at their default length.
 * @param depth how many objects below the type; pages of a list count for nothing
 */
export function wholeSelection(schema: GraphQLSchema, typeName: string, depth: number): string {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is no object type`);
  return `{ __typename ${fieldsOf(type, depth).join(" ")} }`;
}

function fieldsOf(type: GraphQLObjectType, depth: number): string[] {
  return Object.values(type.getFields()).flatMap((field) => {
    if (carries(field, "external") || carries(field, "requires")) return [];
    if (
      field.args.some(
        (argument) => isNonNullType(argument.type) && argument.defaultValue === undefined,
      )
    )
      return [];
    const fieldType = getNamedType(field.type);
    if (isLeafType(fieldType)) return [field.name];
    if (!isObjectType(fieldType)) return [`${field.name} { __typename }`];
    const plumbing = isPlumbing(fieldType.name);
    if (depth === 0 && !plumbing) return [`${field.name} { __typename }`];
    return [
      `${field.name} { __typename ${fieldsOf(fieldType, plumbing ? depth : depth - 1).join(" ")} }`,
    ];
  });
}
