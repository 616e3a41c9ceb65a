import type {
  GatewayExecutor,
  GatewayInterface,
  GatewaySchemaLoadOrUpdateCallback,
} from "@apollo/server-gateway-interface";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { AccessTable } from "./access-table.ts";
import { inTurns } from "./steps.ts";
import { loadSupergraph, supergraphFrom, type Supergraph } from "./supergraph.ts";

/**
 * The life of the supergraph in a running router: loaded, replaced by a better one, never by a worse one. Apollo Server
 * is told of each through the interface it has for gateways; planning and execution are the pipeline's own.
 *
 * A request stays with the supergraph it was validated against: the schema object it carries names it.
 */
export class Federation {
  readonly #log: Logger;
  readonly #bySchema = new WeakMap<GraphQLSchema, Supergraph>();
  #present: Supergraph;
  /** The guard of every coordinate ever served: one that is taken away and comes back must not come back open. */
  #floor: AccessTable;
  readonly #servers = new Set<GatewaySchemaLoadOrUpdateCallback>();
  readonly #listeners = new Set<() => void>();

  /** @throws SupergraphRefused */
  constructor(text: string, log: Logger) {
    this.#log = log;
    this.#present = loadSupergraph(text);
    this.#floor = this.#present.access;
    this.#bySchema.set(this.#present.api, this.#present);
  }

  /** The supergraph new requests are served with. */
  get present(): Supergraph {
    return this.#present;
  }

  /** The supergraph whose schema a request was validated against. */
  servedWith(schema: GraphQLSchema): Supergraph {
    return this.#bySchema.get(schema) ?? this.present;
  }

  /**
   * Makes another supergraph in turns with requests, and has it replace the present one for those that arrive from then
   * on. One at a time: the caller waits for it.
   * @throws SupergraphRefused: the present one stays
   */
  async replace(text: string): Promise<void> {
    const candidate = await inTurns(supergraphFrom(text, this.#floor));
    if (candidate.id === this.#present.id) return;
    this.#bySchema.set(candidate.api, candidate);
    for (const server of this.#servers) tell(server, candidate);
    this.#present = candidate;
    this.#floor = raised(this.#floor, candidate.access);
    for (const listener of this.#listeners) listener();
    this.#log.info({ supergraph: candidate.id }, "supergraph replaced");
  }

  /** Calls `listener` when another supergraph is served. @returns stops that */
  follow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The gateway Apollo Server is given; every valid operation is handed to `execute`. */
  gateway(execute: GatewayExecutor): GatewayInterface {
    return {
      load: async () => await Promise.resolve({ executor: execute }),
      onSchemaLoadOrUpdate: (server) => {
        this.#servers.add(server);
        tell(server, this.#present);
        return () => void this.#servers.delete(server);
      },
      stop: async () => await Promise.resolve(),
    };
  }
}

/** The composed text is for servers that report it to somebody; ours does not. */
function tell(server: GatewaySchemaLoadOrUpdateCallback, { api }: Supergraph): void {
  server({ apiSchema: api, coreSupergraphSdl: "" });
}

/** What was guarded before stays known; what is served now is at least as strict where both have it. */
function raised(
  floor: AccessTable,
  { types, fields, classes, subjects, searches }: AccessTable,
): AccessTable {
  return {
    types: new Map([...floor.types, ...types]),
    fields: new Map([...floor.fields, ...fields]),
    classes: new Map([...floor.classes, ...classes]),
    subjects: new Map([...floor.subjects, ...subjects]),
    searches: new Set([...floor.searches, ...searches]),
  };
}
