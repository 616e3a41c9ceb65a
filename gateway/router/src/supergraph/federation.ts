import type { GatewayInterface, GatewayExecutor } from "@apollo/server-gateway-interface";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { AccessTable } from "./access-table.ts";
import { loadSupergraph, type ServedSupergraph, type Supergraph } from "./supergraph.ts";

/**
 * The life of the supergraph in a running router: loaded, replaced by a better one, never by a worse one. The gateway
 * package keeps the schema Apollo Server validates against; planning and execution are the pipeline's own.
 *
 * A request stays with the supergraph it was validated against: the schema object it carries names it.
 */
export class Federation {
  readonly #log: Logger;
  readonly #served = new WeakMap<GraphQLSchema, ServedSupergraph>();
  #candidate: Supergraph;
  #present: ServedSupergraph | undefined;
  /** The guard of every coordinate ever served: one that is taken away and comes back must not come back open. */
  #floor: AccessTable;
  #update: ((sdl: string) => void) | undefined;
  readonly #listeners = new Set<() => void>();

  /** @throws SupergraphRefused */
  constructor(text: string, log: Logger) {
    this.#log = log;
    this.#candidate = loadSupergraph(text);
    this.#floor = this.#candidate.access;
  }

  /** The supergraph new requests are served with. */
  get present(): ServedSupergraph {
    if (this.#present === undefined) throw new Error("the federation has not been started");
    return this.#present;
  }

  /** The supergraph whose schema a request was validated against. */
  servedWith(schema: GraphQLSchema): ServedSupergraph {
    return this.#served.get(schema) ?? this.present;
  }

  /** Replaces the supergraph for the requests that arrive from now on. @throws SupergraphRefused: the present one stays */
  replace(text: string): void {
    const candidate = loadSupergraph(text, this.#floor);
    if (candidate.id === this.#present?.id) return;
    this.#candidate = candidate;
    this.#floor = raised(this.#floor, candidate.access);
    this.#update?.(candidate.sdl);
    this.#log.info({ supergraph: candidate.id }, "supergraph replaced");
  }

  /** Calls `listener` with every supergraph that is served from now on. @returns stops that */
  follow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The gateway Apollo Server is given; every valid operation is handed to `execute`. */
  async gateway(execute: GatewayExecutor): Promise<GatewayInterface> {
    // The package reports to its vendor and probes cloud metadata addresses unless told otherwise before construction.
    process.env["APOLLO_TELEMETRY_DISABLED"] = "true";
    const { ApolloGateway } = await import("@apollo/gateway");
    const gateway = new ApolloGateway({
      logger: quiet(this.#log),
      supergraphSdl: async ({ update }) => {
        this.#update = update;
        return { supergraphSdl: this.#candidate.sdl };
      },
    });
    gateway.onSchemaLoadOrUpdate(({ apiSchema }) => {
      const served = { ...this.#candidate, api: apiSchema };
      this.#served.set(apiSchema, served);
      this.#present = served;
      for (const listener of this.#listeners) listener();
    });
    return {
      load: async (options) => {
        await gateway.load(options);
        return { executor: execute };
      },
      onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
      stop: async () => await gateway.stop(),
    };
  }
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

/** The package narrates at length; only its warnings and errors are worth a line. */
function quiet(log: Logger) {
  const nothing = () => {};
  return {
    debug: nothing,
    info: nothing,
    warn: (message: string) => log.warn({ package: "gateway" }, message),
    error: (message: string) => log.error({ package: "gateway" }, message),
  };
}
