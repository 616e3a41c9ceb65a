import { catalogueError } from "@truc/contracts";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import type { AccessRules } from "./access-rules.ts";
import { argumentOfNode } from "./argument-of-node.ts";
import { type FieldsByType, fieldsOfDocument } from "./asked-fields.ts";
import { PreparedExecution } from "./compiled/execute-prepared.ts";
import type { EntityTypes } from "./entity-path.ts";
import { type Requirement, requiredScopes } from "./required-scopes.ts";

/** One operation of a document, ready to run. */
export interface PreparedOperation {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  requirements: Requirement[];
  execution: PreparedExecution;
  /** What its document asks of each type. */
  fields: FieldsByType;
}

/** A document that is refused: everything wrong with it, with the code of each. */
export class InvalidDocument extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super("the document is not valid");
    this.errors = errors;
  }
}

const MAX_DOCUMENTS = 1_000;
/** What one character of a text comes to once it is prepared, measured at 123 bytes for thousands of aliases. */
const BYTES_PER_CHARACTER = 128;
/** What prepared texts may take together. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A text that takes more is prepared whenever it comes: few are as long, and each would drive out many. */
const MAX_BYTES_OF_ONE = MAX_BYTES / 16;
const MAX_TOKENS = 50_000;
const MAX_VALIDATION_ERRORS = 20;

/** Parses, validates, judges and compiles each text once. A router sends few distinct texts, since values travel as variables. */
export class DocumentCache {
  readonly #schema: GraphQLSchema;
  readonly #rules: AccessRules;
  readonly #entities: EntityTypes;
  readonly #prepared = new LRUCache<string, PreparedOperation[]>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_BYTES,
    maxEntrySize: MAX_BYTES_OF_ONE,
    sizeCalculation: (_prepared, text) => text.length * BYTES_PER_CHARACTER,
  });

  constructor(schema: GraphQLSchema, rules: AccessRules, entities: EntityTypes) {
    this.#schema = schema;
    this.#rules = rules;
    this.#entities = entities;
  }

  /** @throws InvalidDocument */
  get(text: string, operationName: string | null | undefined): PreparedOperation {
    let operations = this.#prepared.get(text);
    if (operations === undefined) this.#prepared.set(text, (operations = this.#read(text)));
    const chosen = operations.filter(
      ({ operation }) =>
        operationName == null || operationName === "" || operation.name?.value === operationName,
    );
    if (chosen.length !== 1)
      throw new InvalidDocument([catalogueError("OPERATION_RESOLUTION_FAILURE")]);
    return chosen[0]!;
  }

  #read(text: string): PreparedOperation[] {
    try {
      return this.#prepare(text);
    } catch (error) {
      // What goes through a document calls itself.
      if (!(error instanceof RangeError)) throw error;
      throw new InvalidDocument([
        catalogueError("BAD_REQUEST", { sentence: "The operation nests deeper than can be read." }),
      ]);
    }
  }

  #prepare(text: string): PreparedOperation[] {
    const document = parsed(text);
    const errors = validate(this.#schema, document, undefined, {
      maxErrors: MAX_VALIDATION_ERRORS,
      hideSuggestions: true,
    });
    if (errors.length > 0)
      throw new InvalidDocument(errors.map((error) => validationError(error, document)));
    const fragments = new Map<string, FragmentDefinitionNode>();
    const operations: OperationDefinitionNode[] = [];
    for (const node of document.definitions) {
      if (node.kind === "FragmentDefinition") fragments.set(node.name.value, node);
      if (node.kind === "OperationDefinition") operations.push(node);
    }
    const unknown = operations.find(({ operation }) => !this.#schema.getRootType(operation));
    if (unknown !== undefined) throw new InvalidDocument([noSuchRoot(unknown)]);
    const fields = fieldsOfDocument(this.#schema, document);
    return operations.map((operation) => ({
      fields,
      document,
      operation,
      requirements: requiredScopes(this.#schema, this.#rules, operation, fragments),
      execution: new PreparedExecution({
        schema: this.#schema,
        entities: this.#entities,
        document,
        operation,
      }),
    }));
  }
}

function parsed(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new InvalidDocument([
      new GraphQLError(error.message, {
        ...placeOf(error),
        extensions: { code: "GRAPHQL_PARSE_FAILED" },
      }),
    ]);
  }
}

/** graphql-js validates no field of such an operation, for lack of a type. */
function noSuchRoot({ operation }: OperationDefinitionNode): GraphQLError {
  return new GraphQLError(`This register answers no ${operation}.`, {
    extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
  });
}

/** A literal that breaks a scalar's rule is reported with its argument; the rest as graphql-js words it. */
function validationError(error: GraphQLError, document: DocumentNode): GraphQLError {
  const { rule } = error.extensions;
  const [node] = error.nodes ?? [];
  if (typeof rule === "string" && node !== undefined) {
    const argument = argumentOfNode(document, node);
    return catalogueError("ARGUMENT_INVALID", {
      ...placeOf(error),
      sentence: `${argument.label}: ${rule}.`,
      extensions: { argument: argument.name, rule },
    });
  }
  return new GraphQLError(error.message, {
    ...placeOf(error),
    extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
  });
}

function placeOf({ source, positions }: GraphQLError): {
  source?: NonNullable<GraphQLError["source"]>;
  positions?: readonly number[];
} {
  return source && positions ? { source, positions } : {};
}
