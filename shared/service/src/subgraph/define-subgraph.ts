import type { Permit } from "@truc/contracts";
import type { GraphQLResolveInfo } from "graphql";
import type { Database } from "../database/open-database.ts";
import type { Migration } from "../database/migrate.ts";
import type { ServiceDefinition } from "../process/define-service.ts";
import { startSubgraphServer } from "./start-subgraph-server.ts";
import { SubgraphSettings } from "./subgraph-settings.ts";
import type { Loader } from "./loader.ts";
import type { Rows } from "./operation-rows.ts";

/** What every resolver gets as its third argument: one per operation. */
export interface SubgraphContext {
  /** Verified: the rights of this operation's caller at this register. */
  permit: Permit;
  /** The officer acting, opaque; undefined where the router named none. */
  actor: string | undefined;
  /** The case the officer works on; undefined where the router named none. */
  caseReference: string | undefined;
  db: Database;
  /**
   * Reads one key of what is part of a record visible already; all keys asked for in the same HTTP request go into one
   * statement.
   * @param args what the statement depends on beside the keys; part of the loader's identity
   */
  load<K, V>(loader: Loader<K, V>, key: K): Promise<V>;
  load<K, V, A>(loader: Loader<K, V, A>, key: K, args: A): Promise<V>;
  /**
   * The rows that may be seen as what a field gives: by the limits at distance 0, by `linked` from 1 on. The distance
   * counts the entities on the field's path, the one it gives included, from the operation's root or from a
   * representation, which lies where the permit says.
   * @param hops entities more between the field's parent and the rows than the schema shows
   */
  rows: (info: GraphQLResolveInfo, hops?: number) => Rows;
  /** The same for `__resolveReference`, at the permit's distance. */
  referenceRows: Rows;
}

// Parents, arguments and results are as various as the schema; the register's own code names them.
export type Resolver = (
  parent: any,
  args: any,
  context: SubgraphContext,
  info: GraphQLResolveInfo,
) => unknown;
export type ReferenceResolver = (reference: any, context: SubgraphContext) => unknown;
type TypeResolver = (value: any, context: SubgraphContext) => string | undefined;

/**
 * Resolvers by type and field. `__resolveReference` of an entity gives null for a key it does not know; what is
 * without resolver is read off the parent by the field's name. Scalars are added by the frame.
 */
export interface Resolvers {
  [type: string]: {
    __resolveReference?: ReferenceResolver;
    __resolveType?: TypeResolver;
    [field: string]: Resolver | ReferenceResolver | TypeResolver | undefined;
  };
}

/** One register as a subgraph: everything that is its own. */
export interface SubgraphDefinition {
  /** Its name in federation.yaml and in permits. */
  name: string;
  /** Its name in messages: "Register of ships". */
  title: string;
  /** The text of schema.graphql. */
  schema: string;
  resolvers: Resolvers;
  /** By name, run in the names' order: "0001-initial". */
  migrations: Record<string, Migration>;
}

/** A register's process; it also carries its definition, from which tests start it elsewhere. */
export interface Subgraph extends ServiceDefinition<SubgraphSettings> {
  definition: SubgraphDefinition;
}

/**
 * Makes a service of a register: at its start it opens and migrates the database and then answers POST /graphql,
 * single operations and arrays of at most 100, each under its own permit.
 */
export function defineSubgraph(definition: SubgraphDefinition): Subgraph {
  return {
    name: definition.name,
    settings: SubgraphSettings,
    keepsRoom: true,
    definition,
    start: (settings, frame) => startSubgraphServer(definition, settings, frame),
  };
}
