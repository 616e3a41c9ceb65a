import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  isSpecifiedScalarType,
  Kind,
  TokenKind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValueNode,
} from "graphql";
import { nestsTooDeep } from "./nesting.ts";

/** A text with variables where another has literals. */
export interface Lifted {
  readonly text: string;
  /** The literals' values, by the variables' names. */
  readonly values: Readonly<Record<string, unknown>>;
}

const PREFIX = "literal_";

/** What cannot be a variable's value, or would not be the same as one. */
const NONE = Symbol("none");

interface Found {
  readonly node: ValueNode;
  readonly type: string;
  readonly value: unknown;
}

/**
 * The same operation with variables for the texts among its arguments, and for the lists and objects that hold some: what
 * is written into it of one person differs from what is written of the next, and all else is the same. Numbers, flags and
 * enums stay: they say how much is asked for. Equal values share a variable, as fields that are asked for twice with the
 * same arguments are one.
 * @param document of the text, with locations
 * @returns undefined where there are none, or where it is not certain that the operation would stay the same
 */
export function liftLiterals(
  text: string,
  document: DocumentNode,
  schema: GraphQLSchema,
): Lifted | undefined {
  const operations = document.definitions.filter(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  );
  const [operation] = operations;
  if (operation === undefined || operations.length > 1 || text.includes(`$${PREFIX}`))
    return undefined;
  const found = literalsIn(document, schema);
  if (found.length === 0) return undefined;
  const names = new Map<string, string>();
  const declared: string[] = [];
  const values = Object.create(null) as Record<string, unknown>;
  const pieces: Piece[] = [];
  for (const { node, type, value } of found) {
    const key = `${type} ${JSON.stringify(value)}`;
    let name = names.get(key);
    if (name === undefined) {
      names.set(key, (name = `${PREFIX}${names.size}`));
      declared.push(`$${name}: ${type}`);
      values[name] = value;
    }
    pieces.push({ start: node.loc!.start, end: node.loc!.end, put: `$${name}` });
  }
  if (nestsTooDeep(values)) return undefined;
  const declaration = declarationIn(operation, declared.join(" "));
  if (declaration === undefined) return undefined;
  pieces.push(declaration);
  return { text: pasted(text, pieces), values };
}

/** What is put in place of a part of a text. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

/** Where an operation declares more variables. */
function declarationIn(
  { loc, name, operation, variableDefinitions: [first] = [] }: OperationDefinitionNode,
  put: string,
): Piece | undefined {
  const { start, startToken } = loc!;
  if (first !== undefined) return pieceAt(first.loc!.start, `${put} `);
  if (name !== undefined) return pieceAt(name.loc!.end, `(${put})`);
  if (startToken.kind === TokenKind.NAME) return pieceAt(start + operation.length, `(${put})`);
  return startToken.kind === TokenKind.BRACE_L ? pieceAt(start, `query(${put}) `) : undefined;
}

function pieceAt(start: number, put: string): Piece {
  return { start, end: start, put };
}

function pasted(text: string, pieces: readonly Piece[]): string {
  let result = "";
  let from = 0;
  for (const { start, end, put } of pieces.toSorted((one, other) => one.start - other.start)) {
    result += text.slice(from, start) + put;
    from = end;
  }
  return result + text.slice(from);
}

function literalsIn(document: DocumentNode, schema: GraphQLSchema): Found[] {
  const found: Found[] = [];
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      // What directives are given decides what is asked for.
      Directive: () => false,
      VariableDefinition: () => false,
      Argument({ value: node }) {
        const type = types.getArgument()?.type;
        if (type === undefined || !holdsText(node)) return false;
        const value = valueOf(node, type);
        if (value !== NONE) found.push({ node, type: String(type), value });
        return false;
      },
    }),
  );
  return found;
}

function holdsText(node: ValueNode): boolean {
  switch (node.kind) {
    case Kind.STRING:
      return true;
    case Kind.LIST:
      return node.values.some(holdsText);
    case Kind.OBJECT:
      return node.fields.some(({ value }) => holdsText(value));
    default:
      return false;
  }
}

/** The value that a variable has to have for what a literal says, or NONE. */
function valueOf(node: ValueNode, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return node.kind === Kind.NULL ? NONE : valueOf(node, type.ofType);
  if (node.kind === Kind.NULL) return null;
  if (isListType(type)) return listOf(node, type.ofType);
  if (isInputObjectType(type)) {
    if (node.kind !== Kind.OBJECT || type.isOneOf) return NONE;
    const fields = type.getFields();
    const value = Object.create(null) as Record<string, unknown>;
    for (const { name, value: inner } of node.fields) {
      const field = fields[name.value];
      const given = field === undefined ? NONE : valueOf(inner, field.type);
      if (given === NONE || name.value in value) return NONE;
      value[name.value] = given;
    }
    const lacks = Object.values(fields).some(
      (field) => isRequiredInputField(field) && !(field.name in value),
    );
    return lacks ? NONE : value;
  }
  return leafOf(node, type);
}

/** One value for a list of one is left as it stands. */
function listOf(node: ValueNode, type: GraphQLInputType): unknown {
  if (node.kind !== Kind.LIST) return NONE;
  const values = node.values.map((each) => valueOf(each, type));
  return values.includes(NONE) ? NONE : values;
}

function leafOf(node: ValueNode, type: GraphQLLeafType): unknown {
  if (isEnumType(type))
    return node.kind === Kind.ENUM && type.getValue(node.value) != null ? node.value : NONE;
  switch (node.kind) {
    case Kind.STRING:
      return !isSpecifiedScalarType(type) || type.name === "String" || type.name === "ID"
        ? node.value
        : NONE;
    case Kind.BOOLEAN:
      return !isSpecifiedScalarType(type) || type.name === "Boolean" ? node.value : NONE;
    case Kind.INT:
      return integerOf(node.value, type);
    default:
      return NONE;
  }
}

const MAX_INT = 2 ** 31 - 1;

/** A number that is the same number as JSON; a register's own scalar might tell others apart. */
function integerOf(text: string, type: GraphQLLeafType): unknown {
  if (isSpecifiedScalarType(type) && type.name === "ID") return text;
  const value = Number(text);
  const isSame = Number.isSafeInteger(value) && String(value) === text;
  if (!isSame || (isSpecifiedScalarType(type) && type.name !== "Int" && type.name !== "Float"))
    return NONE;
  return type.name === "Int" && Math.abs(value) > MAX_INT ? NONE : value;
}
