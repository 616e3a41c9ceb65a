import {
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { EntityTypes } from "../entity-path.ts";
import type { OperationContext } from "../operation-context.ts";
import { collectFields } from "./collect-fields.ts";
import type { FieldFacts } from "./field-info.ts";
import { Pending } from "./pending.ts";
import { Run } from "./run.ts";
import { type AnyFieldWriter, FieldWriter, ObjectWriter, TypeNameWriter } from "./write-object.ts";

/** What an operation is compiled from. */
export interface CompiledFrom {
  schema: GraphQLSchema;
  entities: EntityTypes;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  node: OperationDefinitionNode;
  /** The values of the variables that @skip and @include name. */
  conditions: ReadonlyMap<string, boolean>;
}

/** What an execution gives: the JSON of `data`, and the errors, each with its place. */
export interface Executed {
  data: string;
  errors: readonly GraphQLError[];
}

/**
 * A query compiled into writers, one for each field of each type at each place of its answer: they resolve as
 * graphql-js does and give the answer's text, without a tree of values in between. Types behind an interface or union
 * are compiled when the first object of theirs comes.
 */
export class CompiledOperation {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly node: OperationDefinitionNode;
  readonly #from: CompiledFrom;
  readonly #root: ObjectWriter;
  #numbers = 0;

  constructor(from: CompiledFrom) {
    this.#from = from;
    this.schema = from.schema;
    this.fragments = from.fragments;
    this.node = from.node;
    this.#root = this.#compile(from.schema.getQueryType()!, [from.node.selectionSet], 0);
  }

  /** @param variables coerced, as graphql-js's getVariableValues gives them */
  async run(
    context: OperationContext,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Executed> {
    const run = new Run(this, context, variables);
    let data = "null";
    try {
      const text = this.#root.write(run, undefined, undefined);
      run.came();
      if (typeof text === "string") data = text;
      else if (text instanceof Pending) {
        await run.settled;
        data = text.settle(run);
      }
    } catch (error) {
      run.note(error, undefined);
    }
    return { data, errors: run.errors };
  }

  /** The writer of a field's objects of one type. */
  objectWriter({ fieldNodes, around }: FieldFacts, type: GraphQLObjectType): ObjectWriter {
    const sets = fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return this.#compile(type, sets, around);
  }

  /** Tells fields apart within an execution. */
  nextNumber(): number {
    return this.#numbers++;
  }

  /** @param around how many entities stand around the object */
  #compile(
    type: GraphQLObjectType,
    sets: readonly SelectionSetNode[],
    around: number,
  ): ObjectWriter {
    const writers: AnyFieldWriter[] = [];
    const { entities } = this.#from;
    for (const [responseName, fieldNodes] of collectFields(this.#from, type, sets)) {
      const fieldName = fieldNodes[0]!.name.value;
      if (fieldName === "__typename") {
        writers.push(new TypeNameWriter(responseName, type));
        continue;
      }
      const field = type.getFields()[fieldName] as
        | GraphQLField<unknown, OperationContext>
        | undefined;
      if (field === undefined) continue;
      const aroundField = around + (entities.has(type.name) ? 1 : 0);
      const facts: FieldFacts = {
        fieldName,
        responseName,
        fieldNodes,
        returnType: field.type,
        parentType: type,
        around: aroundField,
        entities: aroundField + (entities.has(getNamedType(field.type).name) ? 1 : 0),
      };
      writers.push(new FieldWriter(this, facts, field));
    }
    return new ObjectWriter(writers);
  }
}
