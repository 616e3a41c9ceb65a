import type { FieldNode, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo } from "graphql";
import type { Place } from "./place.ts";
import type { Run } from "./run.ts";

/** What is the same of a field wherever an operation's answer holds it at one place of its shape. */
export interface FieldFacts {
  readonly fieldName: string;
  readonly responseName: string;
  readonly fieldNodes: readonly FieldNode[];
  readonly returnType: GraphQLOutputType;
  readonly parentType: GraphQLObjectType;
  /** How many entities stand on the way from the root to the field, the one it is a field of included. */
  readonly around: number;
  /** The same, with the entity that the field gives. */
  readonly entities: number;
}

/** What a resolver is told of its field: all that graphql-js tells it. */
export class FieldInfo implements GraphQLResolveInfo {
  readonly path: Place;
  readonly #facts: FieldFacts;
  readonly #run: Run;

  constructor(facts: FieldFacts, run: Run, path: Place) {
    this.#facts = facts;
    this.#run = run;
    this.path = path;
  }

  /** See {@link FieldFacts.entities}. */
  get entities(): number {
    return this.#facts.entities;
  }
  get fieldName(): string {
    return this.#facts.fieldName;
  }
  get fieldNodes(): readonly FieldNode[] {
    return this.#facts.fieldNodes;
  }
  get returnType(): GraphQLOutputType {
    return this.#facts.returnType;
  }
  get parentType(): GraphQLObjectType {
    return this.#facts.parentType;
  }
  get schema(): GraphQLResolveInfo["schema"] {
    return this.#run.operation.schema;
  }
  get fragments(): GraphQLResolveInfo["fragments"] {
    return Object.fromEntries(this.#run.operation.fragments);
  }
  get operation(): GraphQLResolveInfo["operation"] {
    return this.#run.operation.node;
  }
  get rootValue(): undefined {
    return undefined;
  }
  get variableValues(): GraphQLResolveInfo["variableValues"] {
    return this.#run.variables;
  }
}
