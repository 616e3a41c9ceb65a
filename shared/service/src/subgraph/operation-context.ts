import {
  defaultFieldResolver,
  type GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
} from "graphql";
import type { Permit } from "@truc/contracts";
import type { Database } from "../database/open-database.ts";
import type { CursorSeal } from "./cursor-seal.ts";
import type { SubgraphContext } from "./define-subgraph.ts";
import type { EntityTypes } from "./entity-path.ts";
import type { OperationReader } from "./operation-reader.ts";
import { OperationRows, type Rows } from "./operation-rows.ts";

/**
 * What resolvers find, and the frame's own resolvers beside it. Getters stand in the class: in an object made for each operation
 * V8 would keep them, and all they reach, among the old objects (infra/docs/decisions/0046-nothing-old-in-a-request.md).
 */
export class OperationContext implements SubgraphContext {
  readonly permit: Permit;
  readonly actor: string | undefined;
  readonly caseReference: string | undefined;
  readonly db: Database;
  readonly cursors: CursorSeal;
  readonly load: SubgraphContext["load"];
  readonly rows: SubgraphContext["rows"];
  readonly #reader: OperationReader;
  readonly #rows: OperationRows;

  constructor(
    { actor, caseReference }: Pick<SubgraphContext, "actor" | "caseReference">,
    parts: {
      readonly permit: Permit;
      readonly db: Database;
      readonly cursors: CursorSeal;
      readonly reader: OperationReader;
      readonly entities: EntityTypes;
    },
  ) {
    const { permit, db, cursors, reader, entities } = parts;
    const rows = new OperationRows(entities, permit, reader);
    // Functions of their own, for resolvers take them out of the context.
    const load = (loader: never, key: never, args?: never) =>
      reader.load(loader, key, args as never);
    const rowsAt = (info: GraphQLResolveInfo, hops = 0) => rows.at(info, hops);
    this.permit = permit;
    this.actor = actor;
    this.caseReference = caseReference;
    this.db = db;
    this.cursors = cursors;
    this.load = load;
    this.rows = rowsAt;
    this.#reader = reader;
    this.#rows = rows;
  }

  get referenceRows(): Rows {
    return this.#rows.ofReferences;
  }

  /** Set once the operation has had its share: nothing of it is to be resolved any more. */
  get refusal(): GraphQLError | undefined {
    return this.#reader.refusal;
  }

  /** The same as a promise: one for all that still asks. */
  get refused(): Promise<never> | undefined {
    return this.#reader.refused;
  }

  /** Notes that a root field gives representations their entities, from which distances are counted on. */
  noteRepresentations(info: GraphQLResolveInfo): void {
    this.#rows.noteRepresentations(info);
  }

  /** Lets nothing that was read before be taken for what is so now. */
  readAnew(): void {
    this.#reader.readAnew();
  }
}

/** Makes every resolver of a schema refuse when its operation has had its share. */
export function stopWhenSpent(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve } = field;
      if (resolve === undefined || resolve === defaultFieldResolver) continue;
      field.resolve = (parent, args, context: OperationContext, info) => {
        // Not thrown: beside values that are still to come, graphql-js would leave those to fail unheard.
        if (context.refused !== undefined) return context.refused;
        return resolve(parent, args, context, info);
      };
    }
  }
}

/**
 * Makes the answer of every mutation be read after it is done, though it, or one before it in the same operation, has
 * read the same rows. graphql-js runs the mutations of an operation one after the other, each with its whole answer.
 */
export function readAfterMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve = defaultFieldResolver } = field;
    field.resolve = async (parent, args, context: OperationContext, info) => {
      context.readAnew();
      try {
        return (await resolve(parent, args, context, info)) as unknown;
      } finally {
        context.readAnew();
      }
    };
  }
}
