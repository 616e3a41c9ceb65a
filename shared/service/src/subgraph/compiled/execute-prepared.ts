import {
  type DocumentNode,
  execute,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  isObjectType,
  type OperationDefinitionNode,
  visit,
} from "graphql";
import type { EntityTypes } from "../entity-path.ts";
import type { OperationContext } from "../operation-context.ts";
import { CompiledOperation, type Executed } from "./compile-operation.ts";
import { MAX_COERCION_ERRORS, VariableReader } from "./variable-reader.ts";

/** An execution's answer, or the errors for which nothing ran. */
export type Outcome = Executed | { data: undefined; errors: readonly GraphQLError[] };

/** An operation that is valid against its schema, and everything it takes to run it. */
export interface Executable {
  schema: GraphQLSchema;
  entities: EntityTypes;
  document: DocumentNode;
  operation: OperationDefinitionNode;
}

/** Compiled forms kept of one operation, one for each way its conditions turn out; further ones are compiled each time. */
const MAX_FORMS = 16;

/**
 * Runs one operation, again and again: compiled where it is a query, and through graphql-js where it is anything else,
 * asks for the schema itself, or has conditions without a value. Both give the same.
 */
export class PreparedExecution {
  readonly #of: Executable;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #compiles: boolean;
  readonly #variables: VariableReader;
  /** The variables that @skip and @include name. */
  readonly #conditions: readonly string[];
  readonly #forms = new Map<string, CompiledOperation>();

  constructor(of: Executable) {
    this.#of = of;
    this.#fragments = new Map(
      of.document.definitions.flatMap((node) =>
        node.kind === "FragmentDefinition" ? [[node.name.value, node]] : [],
      ),
    );
    this.#variables = new VariableReader(of.schema, of.operation.variableDefinitions ?? []);
    const { conditions, introspects } = readDocument(of.document);
    this.#conditions = conditions;
    this.#compiles = of.operation.operation === "query" && !introspects && isPlain(of.schema);
  }

  /** @param values the variables as the request has them */
  async run(
    context: OperationContext,
    values: Readonly<Record<string, unknown>> | null | undefined,
  ): Promise<Outcome> {
    if (!this.#compiles) return await this.runByGraphQL(context, values);
    const { coerced, errors } = this.#variables.read(values ?? {});
    if (errors !== undefined) return { data: undefined, errors };
    const form = this.#formFor(coerced);
    return form === undefined
      ? await this.runByGraphQL(context, values)
      : await form.run(context, coerced);
  }

  #formFor(variables: Readonly<Record<string, unknown>>): CompiledOperation | undefined {
    let key = "";
    for (const name of this.#conditions) {
      const value = variables[name];
      if (typeof value !== "boolean") return undefined;
      key += value ? "1" : "0";
    }
    const known = this.#forms.get(key);
    if (known !== undefined) return known;
    const { schema, entities, operation: node } = this.#of;
    const form = new CompiledOperation({
      schema,
      entities,
      fragments: this.#fragments,
      node,
      conditions: new Map(this.#conditions.map((name) => [name, variables[name] === true])),
    });
    if (this.#forms.size < MAX_FORMS) this.#forms.set(key, form);
    return form;
  }

  /** The same through graphql-js, whatever the operation is. */
  async runByGraphQL(
    context: OperationContext,
    values: Readonly<Record<string, unknown>> | null | undefined,
  ): Promise<Outcome> {
    const { schema, document, operation } = this.#of;
    const { data, errors = [] } = await execute({
      schema,
      document,
      operationName: operation.name?.value,
      variableValues: values,
      contextValue: context,
      options: { maxCoercionErrors: MAX_COERCION_ERRORS },
      hideSuggestions: true,
    } as Parameters<typeof execute>[0]);
    return data === undefined ? { data, errors } : { data: JSON.stringify(data), errors };
  }
}

function readDocument(document: DocumentNode): { conditions: string[]; introspects: boolean } {
  const conditions = new Set<string>();
  let introspects = false;
  visit(document, {
    Field({ name }) {
      introspects ||= name.value === "__schema" || name.value === "__type";
    },
    Directive({ name, arguments: args = [] }) {
      if (name.value !== "skip" && name.value !== "include") return;
      for (const { value } of args) if (value.kind === "Variable") conditions.add(value.name.value);
    },
  });
  return { conditions: [...conditions].toSorted(), introspects };
}

const plain = new WeakMap<GraphQLSchema, boolean>();

/** Whether types are told by `resolveType` or `__typename` alone; who asks values what they are is left to graphql-js. */
function isPlain(schema: GraphQLSchema): boolean {
  let known = plain.get(schema);
  if (known === undefined) {
    known = Object.values(schema.getTypeMap()).every(
      (type) => !isObjectType(type) || type.isTypeOf == null,
    );
    plain.set(schema, known);
  }
  return known;
}
